import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyRecord } from '#toedit/operators/apply-record';
import { rebatch } from '#toedit/operators/rebatch';
import { originalsOfRecord, reverseEdits } from '#toedit/operators/reverse-edits';
import { dropColumns } from '#toedit/operators/take-rows';
import { joinTexts, replaceTextColumn, textColumn } from '#toedit/src/arrow/text-column';
import { wholeEdits } from '#toedit/src/record/whole-edits';
import { scoredCorpus } from '../scored-documents.ts';
import { recorded } from './recorded-batch.ts';
import { collect, countedSource } from './text-batch.ts';

const sourceOf = (batches: readonly RecordBatch[]) => countedSource(batches).source;
const cut = async (batch: RecordBatch, rows: number) =>
  collect(rebatch({ rows })(sourceOf([batch])));
const options = { file: 'edited', recordFile: 'record' };

/** The batches with the record's edits done, and no column but those that they had. */
async function applied(batches: readonly RecordBatch[], record: readonly RecordBatch[]) {
  const apply = applyRecord(sourceOf(record), { file: 'a' });
  return collect(dropColumns(['pass_reason'])(apply(sourceOf(batches))));
}

const reverse = (batches: readonly RecordBatch[], record: readonly RecordBatch[]) =>
  collect(reverseEdits(() => originalsOfRecord(sourceOf(record)), options)(sourceOf(batches)));

function textsOf(batches: readonly RecordBatch[]): (string | null)[] {
  return batches.flatMap((batch) => {
    const text = textColumn(batch, 'text');
    return Array.from({ length: batch.numRows }, (_, row) =>
      text.isNull(row) ? null : Buffer.from(text.bytes(row)).toString('hex'),
    );
  });
}

function editsOf(batches: readonly RecordBatch[]) {
  return batches.flatMap((batch) => {
    const edits = wholeEdits(batch);
    return Array.from({ length: batch.numRows }, (_, row) =>
      edits(row).map(({ oldBytes, newBytes, ...edit }) => ({
        ...edit,
        rank: null,
        oldBytes: Buffer.from(oldBytes).toString('hex'),
        newBytes: Buffer.from(newBytes).toString('hex'),
      })),
    );
  });
}

describe('reverseEdits', () => {
  const cuts = fc.integer({ min: 1, max: 7 });

  test('gives the record that leads back, however batches are cut; twice, that which leads there', async () => {
    let edits = 0;
    await fc.assert(
      fc.asyncProperty(scoredCorpus, cuts, cuts, async (corpus, one, other) => {
        const { input, record } = await recorded(corpus);
        const edited = await applied(await cut(input, one), [record]);
        const back = await reverse(edited, await cut(record, other));
        const restored = await applied(edited, back);
        expect(textsOf(restored)).toEqual(textsOf([input]));
        expect(editsOf(await reverse(restored, back))).toEqual(editsOf([record]));
        edits += editsOf([record]).flat().length;
      }),
      { numRuns: 150 },
    );
    expect(edits).toBeGreaterThan(50);
  });

  test('refuses a text that differs in any byte, and one of another row', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        scoredCorpus,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (corpus, at, bit) => {
          const { input, record } = await recorded(corpus);
          const [edited] = await applied([input], [record]);
          if (edited === undefined) throw new Error('no batch');
          const text = textColumn(edited, 'text');
          const texts = Array.from({ length: text.length }, (_, row) =>
            Buffer.from(text.bytes(row)),
          );
          const row = texts.findIndex(({ length }) => length > 0);
          const bytes = texts[row];
          if (bytes === undefined) return;
          texts[row] = Buffer.from(
            bytes.with(at % bytes.length, (bytes[at % bytes.length] ?? 0) ^ bit),
          );
          const tampered = replaceTextColumn(edited, 'text', joinTexts(texts, text.validity));
          await expect(reverse([tampered], [record])).rejects.toMatchObject({
            ...{ code: 'FILE_CORRUPT', place: { file: 'edited', row } },
          });
          refused++;
        },
      ),
    );
    expect(refused).toBeGreaterThan(50);
  });

  test('refuses more rows than are recorded', async () => {
    await fc.assert(
      fc.asyncProperty(scoredCorpus, async (corpus) => {
        const { input, record } = await recorded(corpus);
        const edited = await applied([input], [record]);
        fc.pre(record.numRows > 0);
        const short = record.slice(0, record.numRows - 1);
        await expect(reverse(edited, [short])).rejects.toMatchObject({ code: 'ROWS_LOST' });
      }),
      { numRuns: 10 },
    );
  });
});
