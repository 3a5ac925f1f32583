import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Field, Float64, Int32, Utf8 } from 'apache-arrow';
import parquet from 'parquetjs-lite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { inspectParquet } from '../inspect-parquet.ts';
import { recordBatchOf } from '../record-batch-of.ts';
import { plainColumns } from '../src/arrow/plain-values.ts';
import { collect, countedSource } from './text-batch.ts';

let path = '';
let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-legacy-'));
  path = join(directory, 'legacy.parquet');
});
afterEach(() => rm(directory, { recursive: true }));

const rows = Array.from({ length: 500 }, (_, i) => ({
  id: i,
  text: i % 7 === 0 ? null : `text ${i} 文`,
  score: i / 8,
}));
const columns = {
  id: rows.map(({ id }) => id),
  text: rows.map(({ text }) => text),
  score: rows.map(({ score }) => score),
};

const codecs = [
  ['UNCOMPRESSED', 'none'],
  ['SNAPPY', 'snappy'],
  ['GZIP', 'gzip'],
] as const;

test.each(codecs)('reads what parquetjs-lite wrote as %s', async (codec, compression) => {
  const schema = new parquet.ParquetSchema({
    id: { type: 'INT32', compression: codec },
    text: { type: 'UTF8', optional: true, compression: codec },
    score: { type: 'DOUBLE', compression: codec },
  });
  const writer = await parquet.ParquetWriter.openFile(schema, path);
  writer.setRowGroupSize(200);
  for (const { text, ...row } of rows) {
    await writer.appendRow(text === null ? row : { ...row, text });
  }
  await writer.close();
  expect(await inspectParquet(path)).toMatchObject({ rows: 500, compression, version: 1 });
  expect(plainColumns(await collect(readParquet(path)))).toEqual(columns);
});

function source() {
  const batch = recordBatchOf([
    { field: new Field('id', new Int32(), false), values: columns.id },
    { field: new Field('text', new Utf8(), true), values: columns.text },
    { field: new Field('score', new Float64(), false), values: columns.score },
  ]);
  return countedSource([batch]).source;
}

async function readByParquetjs(): Promise<unknown[]> {
  const reader = await parquet.ParquetReader.openFile(path);
  try {
    const cursor = reader.getCursor();
    const found: unknown[] = [];
    for (let row = await cursor.next(); row !== null; row = await cursor.next())
      found.push({ text: null, ...row });
    return found;
  } finally {
    await reader.close();
  }
}

test.each(codecs)('parquetjs-lite reads our legacy profile, %s', async (_, compression) => {
  await writeParquet(path, { compression, profile: 'legacy' })(source());
  expect(await readByParquetjs()).toEqual(rows);
});

test('parquetjs-lite refuses our standard profile: hence the legacy one', async () => {
  await writeParquet(path, { compression: 'none' })(source());
  await expect(readByParquetjs()).rejects.toBe('invalid encoding: RLE_DICTIONARY');
});
