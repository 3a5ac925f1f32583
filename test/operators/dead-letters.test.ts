import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropDeadLetters, takeDeadLetters } from '#toedit/operators/dead-letters';
import { withColumns } from '#toedit/src/arrow/columns';
import { passReasonColumn } from '#toedit/src/arrow/pass-reasons';
import { type PassReason, passReasons } from '#toedit/src/columns';
import { plainColumns } from '../src/arrow/plain-values.ts';
import { collect, countedSource, textBatch } from './text-batch.ts';

const reason = fc.option(fc.constantFrom(...passReasons), { nil: null, freq: 2 });

/** Batches of rows of ids 0, 1, ... that have these reasons. */
function batchesOf(parts: readonly (readonly (PassReason | null)[])[]): RecordBatch[] {
  let id = 0;
  return parts.map((reasons) =>
    withColumns(textBatch(reasons.map(() => ({ id, text: `text ${id++}` }))), [
      passReasonColumn(reasons),
    ]),
  );
}

test('each row is kept or is a dead letter with its reason and place, whatever the batches', async () => {
  const parts = fc.array(fc.array(reason, { maxLength: 9 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(parts, fc.subarray([...passReasons]), async (all, dead) => {
      const rows = all.flat().map((why, row) => ({ why, row }));
      const isDead = ({ why }: { why: PassReason | null }) => why !== null && dead.includes(why);
      const given = () => countedSource(batchesOf(all)).source;
      const kept = await collect(dropDeadLetters(dead)(given()));
      const taken = await collect(takeDeadLetters({ reasons: dead, input: 'in.parquet' })(given()));

      const alive = rows.filter((row) => !isDead(row));
      expect(plainColumns(kept)).toEqual({
        id: alive.map(({ row }) => row),
        text: alive.map(({ row }) => `text ${row}`),
      });
      const letters = rows.filter(isDead);
      expect(plainColumns(taken)).toEqual({
        id: letters.map(({ row }) => row),
        text: letters.map(({ row }) => `text ${row}`),
        dead_letter_reason: letters.map(({ why }) => why),
        dead_letter_row: letters.map(({ row }) => `${row}n`),
        dead_letter_input: letters.map(() => 'in.parquet'),
      });
      for (const batches of [kept, taken]) {
        expect(batches.length).toBeGreaterThan(0);
        expect(batches[0]?.schema.metadata).toEqual(new Map([['corpus', 'test']]));
      }
    }),
  );
});

test('dead letters of a run that are the input of another get their new places', async () => {
  const batch = () => batchesOf([[null, 'null_text']]);
  const options = { reasons: passReasons, input: 'first' };
  const once = await collect(takeDeadLetters(options)(countedSource(batch()).source));
  const again = once.map((one) => withColumns(one, [passReasonColumn(['null_text'])]));
  const source = countedSource(again).source;
  const twice = await collect(takeDeadLetters({ ...options, input: 'second' })(source));
  expect(twice[0]?.schema.names).toEqual(once[0]?.schema.names);
  expect(plainColumns(twice)['dead_letter_input']).toEqual(['second']);
  expect(plainColumns(twice)['dead_letter_row']).toEqual(['0n']);
});

test('batches without a reason are an error', async () => {
  const { source } = countedSource([textBatch([])]);
  await expect(collect(dropDeadLetters([])(source))).rejects.toMatchObject({
    code: 'COLUMN_MISSING',
  });
});
