import { DateDay, Field, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rebatch } from '#toedit/operators/rebatch';
import { collect, countedSource, numbered, rowsOf, type TextRow, textBatch } from './text-batch.ts';

const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 12 }), { nil: null });
const bounds = fc.record({
  rows: fc.integer({ min: 1, max: 12 }),
  bytes: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
});
const size = (row: TextRow) => Buffer.byteLength(row.text ?? '');

/** The batches of a stream of these rows, cut after every `cuts` rows in turn. */
function slicesOf(rows: readonly TextRow[], cuts: readonly number[]): RecordBatch[] {
  const whole = textBatch(rows);
  const slices: RecordBatch[] = [];
  for (let begin = 0, i = 0; begin < rows.length; i++) {
    const end = Math.min(begin + (cuts[i % cuts.length] ?? 1), rows.length);
    slices.push(i % 2 === 0 ? whole.slice(begin, end) : textBatch(rows.slice(begin, end)));
    begin = end;
  }
  return slices.length === 0 ? [whole] : slices;
}

async function rebatched(batches: readonly RecordBatch[], options: object): Promise<RecordBatch[]> {
  return collect(rebatch(options)(countedSource(batches).source));
}

const expectedCuts = (rows: readonly TextRow[], max: { rows: number; bytes: number }) => {
  const cuts: TextRow[][] = [];
  for (const row of rows) {
    const last = cuts.at(-1);
    const bytes = (last ?? []).reduce((sum, other) => sum + size(other), 0);
    const isFull = last === undefined || last.length >= max.rows || bytes + size(row) > max.bytes;
    if (isFull) cuts.push([row]);
    else last.push(row);
  }
  return cuts.length === 0 ? [[]] : cuts;
};

test('batches are as full as the bounds allow, whatever slices came', async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 60 }), cuts, bounds, async (texts, sizes, max) => {
      const rows = numbered(texts);
      const batches = await rebatched(slicesOf(rows, sizes), max);
      const { bytes = Number.POSITIVE_INFINITY } = max;
      expect(batches.map(rowsOf)).toEqual(expectedCuts(rows, { rows: max.rows, bytes }));
      expect(batches.every(({ data }) => data.children.every(({ offset }) => offset === 0))).toBe(
        true,
      );
      expect(batches[0]?.schema.metadata).toEqual(new Map([['corpus', 'test']]));
    }),
  );
});

test('a stream of no rows keeps one batch of none', async () => {
  const batches = await rebatched([textBatch([]), textBatch([])], { rows: 3 });
  expect(batches.map(({ numRows }) => numRows)).toEqual([0]);
  expect(batches[0]?.schema.names).toEqual(['id', 'text']);
});

test('reads no more than it needs, and releases its source on an early stop', async () => {
  const { seen, source } = countedSource(
    numbered(Array.from({ length: 50 }, () => 'x')).map((row) => textBatch([row])),
  );
  for await (const batch of rebatch({ rows: 3 })(source)) {
    expect(batch.numRows).toBe(3);
    break;
  }
  expect(seen).toEqual({ given: 4, isReleased: true });
});

test('an error of the source passes through', async () => {
  const failure = new Error('disk');
  const { source } = countedSource([textBatch(numbered(['a']))], failure);
  await expect(collect(rebatch()(source))).rejects.toBe(failure);
});

test('a batch of another schema is refused, with its place', async () => {
  const fields = [new Field('day', new DateDay(), true)];
  const data = makeData({ type: new Struct(fields), length: 0 });
  const other = new RecordBatch(new Schema(fields), data);
  const failed = rebatched([textBatch(numbered(['a'])), other], {});
  await expect(failed).rejects.toMatchObject({ code: 'COLUMN_TYPE', place: { recordBatch: 1 } });
});

test.each([{ rows: 0 }, { rows: 1.5 }, { bytes: -1 }])('refuses %o', (options) => {
  expect(() => rebatch(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
