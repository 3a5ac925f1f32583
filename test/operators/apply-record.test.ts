import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyRecord } from '#toedit/operators/apply-record';
import { rebatch } from '#toedit/operators/rebatch';
import { withoutColumns } from '#toedit/src/arrow/columns';
import { textColumn } from '#toedit/src/arrow/text-column';
import { columnNames } from '#toedit/src/columns';
import { recordRows } from '#toedit/src/record/read-record';
import { type ScoredCorpus, scoredCorpus, scoredRecordBatch } from '../scored-documents.ts';
import { recorded } from './recorded-batch.ts';
import { collect, countedSource } from './text-batch.ts';

const added = Object.values(columnNames);
const sourceOf = (batches: readonly RecordBatch[]) => countedSource(batches).source;

const cut = async (batch: RecordBatch, rows: number) =>
  collect(rebatch({ rows })(sourceOf([batch])));
const jsonOf = (batches: readonly RecordBatch[]) =>
  batches.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) =>
      JSON.stringify(
        Object.fromEntries(
          batch.schema.fields
            .map(({ name }) => [name, batch.getChild(name)?.get(row) as unknown] as const)
            .sort(([one], [other]) => (one < other ? -1 : 1)),
        ),
        (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
      ),
    ),
  );

describe('applyRecord', () => {
  test('gives what applyEdits gives, however input and record are cut', async () => {
    let edits = 0;
    const cuts = fc.integer({ min: 1, max: 7 });
    const property = fc.asyncProperty(scoredCorpus, cuts, cuts, async (corpus, one, other) => {
      const { input, record, edited } = await recorded(corpus);
      const apply = applyRecord(sourceOf(await cut(record, other)), { file: 'a', report: true });
      const applied = await collect(apply(sourceOf(await cut(input, one))));
      expect(jsonOf(applied)).toEqual(jsonOf([edited]));
      const rows = recordRows(record);
      for (let row = 0; row < record.numRows; row++) edits += rows.edits(row).length;
    });
    await fc.assert(property, { numRuns: 150 });
    expect(edits).toBeGreaterThan(50);
  });

  test('refuses any other text, and any other number of rows', async () => {
    const property = fc.asyncProperty(
      scoredCorpus.filter(({ documents }) => documents.length > 1),
      fc.nat(),
      async (corpus, pick) => {
        const { input, record } = await recorded(corpus);
        const at = pick % input.numRows;
        const order = [...corpus.documents];
        order[at] = {
          ...corpus.documents[at],
          text: `${corpus.documents[at]?.text ?? ''}x`,
        } as never;
        const other = withoutColumns(scoredRecordBatch(order), added);
        const through = (source: RecordBatch, rows: RecordBatch) =>
          collect(applyRecord(sourceOf([rows]), { file: 'a' })(sourceOf([source])));
        await expect(through(other, record)).rejects.toMatchObject({
          code: 'INPUT_CHANGED',
          place: { file: 'a', row: at },
        });
        const fewer = (await cut(input, input.numRows - 1))[0] as RecordBatch;
        await expect(through(fewer, record)).rejects.toMatchObject({ code: 'ROWS_LOST' });
        const short = (await cut(record, input.numRows - 1))[0] as RecordBatch;
        await expect(through(input, short)).rejects.toMatchObject({ code: 'ROWS_LOST' });
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test('keeps the texts of a batch without edits, not copied', async () => {
    const [corpus] = fc.sample(scoredCorpus, { numRuns: 1, seed: 3 });
    const { tokenBytes, documents } = corpus as ScoredCorpus;
    const plain = documents.map((document) => ({ ...document, candidates: [], logprobs: [] }));
    const bare = withoutColumns(scoredRecordBatch(plain), added);
    const { record } = await recorded({ tokenBytes, documents });
    const none = withoutColumns(record, [columnNames.edits]);
    const [applied] = await collect(applyRecord(sourceOf([none]), { file: 'a' })(sourceOf([bare])));
    expect(textColumn(applied as RecordBatch, 'text').bytes(0).buffer).toBe(
      textColumn(bare, 'text').bytes(0).buffer,
    );
  });
});
