import { expect, test } from 'vitest';
import { dropColumns } from '#toedit/operators/take-rows';
import { collect, countedSource, numbered, textBatch } from './text-batch.ts';

test('drops the columns, keeps the rest', async () => {
  const { source } = countedSource([textBatch(numbered(['a'])), textBatch(numbered(['b', 'c']))]);
  const batches = await collect(dropColumns(['text'])(source));
  expect(batches.map(({ schema }) => schema.names)).toEqual([['id'], ['id']]);
  expect(batches.map(({ numRows }) => numRows)).toEqual([1, 2]);
});

test('a column that is not there is an error that lists those that are', async () => {
  const { source } = countedSource([textBatch([])]);
  const dropped = collect(dropColumns(['texts'])(source));
  await expect(dropped).rejects.toMatchObject({ code: 'COLUMN_MISSING' });
  await expect(dropped).rejects.toThrow('"id", "text"');
});
