import fc from 'fast-check';
import { expect, test } from 'vitest';
import { skipRows } from '#toedit/operators/take-rows';
import { collect, countedSource, numbered, rowsOf, textBatch } from './text-batch.ts';

test('skips the first rows, whatever the batches, and the schema always travels', async () => {
  const parts = fc.array(fc.array(fc.string(), { maxLength: 5 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(parts, fc.nat(20), async (all, rows) => {
      const { source, seen } = countedSource(all.map((texts) => textBatch(numbered(texts))));
      const batches = await collect(skipRows(rows)(source));
      const texts = batches.flatMap(rowsOf).map(({ text }) => text);
      expect(texts).toEqual(all.flat().slice(rows));
      expect(batches[0]?.schema.names).toEqual(['id', 'text']);
      expect(seen.isReleased).toBe(true);
    }),
  );
});

test('a number of rows that is none is refused at once', () => {
  expect(() => skipRows(-1)).toThrow('rows must be a whole number');
});
