import { Field, Int32, type RecordBatch, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refuseBadRows } from '#toedit/operators/dead-letters';
import { passReasons, passReasonType } from '#toedit/src/columns';
import { recordBatchOf } from '../record-batch-of.ts';
import { collect, countedSource } from './text-batch.ts';

type Reasons = readonly (string | null)[];

const reasons: fc.Arbitrary<Reasons> = fc.array(
  fc.option(fc.constantFrom(...passReasons), { freq: 1 }),
  { maxLength: 5 },
);

function reasonBatch(values: Reasons): RecordBatch {
  return recordBatchOf([
    { field: new Field('text', new Utf8(), true), values: values.map(() => 'a') },
    { field: new Field('pass_reason', passReasonType, true), values },
  ]);
}

describe('refuseBadRows', () => {
  test('lets good batches pass, and names the first bad row and its reason', async () => {
    const property = fc.asyncProperty(
      fc.array(reasons, { minLength: 1, maxLength: 4 }),
      fc.nat(1000),
      async (parts, firstRow) => {
        const batches = parts.map(reasonBatch);
        const { seen, source } = countedSource(batches);
        const passed: RecordBatch[] = [];
        const run = async () => {
          for await (const batch of refuseBadRows({ firstRow })(source)) passed.push(batch);
        };
        const index = parts.flat().findIndex((reason) => reason !== null);
        const firstBad = parts.findIndex((part) => part.some((reason) => reason !== null));
        if (index === -1) {
          await run();
          expect(passed).toEqual(batches);
        } else {
          await expect(run()).rejects.toMatchObject({
            code: 'BAD_ROW',
            message: expect.stringMatching(
              `^row ${firstRow + index} .*${parts.flat()[index]}.*--on-bad-row`,
            ) as string,
            place: { row: firstRow + index },
          });
          expect(passed).toEqual(batches.slice(0, firstBad));
        }
        expect(seen.isReleased).toBe(true);
      },
    );
    await fc.assert(property);
  });

  test('counts rows from the first one of the file by default', async () => {
    const { source } = countedSource([reasonBatch([null]), reasonBatch(['null_text'])]);
    await expect(collect(refuseBadRows()(source))).rejects.toThrow(
      'row 1 cannot be edited (null_text: it has no text): mend or remove it, or let such rows pass or set them aside with --on-bad-row',
    );
  });

  test('refuses batches that were not tokenised, and a first row that is none', async () => {
    const batch = recordBatchOf([{ field: new Field('id', new Int32(), false), values: [1] }]);
    await expect(collect(refuseBadRows()(countedSource([batch]).source))).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
    });
    expect(() => refuseBadRows({ firstRow: -1 })).toThrow('firstRow');
  });
});
