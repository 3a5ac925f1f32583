import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  DateDay,
  Dictionary,
  Field,
  Int8,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8View,
} from 'apache-arrow';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import type { WriteParquetOptions } from '#toedit/operators/formats/write-parquet';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { withoutViews } from '#toedit/src/parquet/open-parquet';
import { parquetCompressions } from '#toedit/src/parquet/worker/parquet-messages';
import { columnTypes, keyValues, query } from '../duckdb.ts';
import { inspectParquet } from '../inspect-parquet.ts';
import { liveWorkers, openFiles } from '../open-resources.ts';
import { anyColumns, batchOf, dataOf, everyTypeBatch } from '../src/arrow/any-column.ts';
import { plainColumns } from '../src/arrow/plain-values.ts';
import { collect, countedSource, numbered, rowsOf, textBatch } from './text-batch.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-parquet-'));
});
afterEach(async () => {
  expect(liveWorkers()).toBe(0);
  expect(openFiles(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

const rows = numbered(Array.from({ length: 300 }, (_, i) => (i % 7 === 0 ? null : `text ${i} 文`)));
const source = () => countedSource([textBatch(rows.slice(0, 100)), textBatch(rows.slice(100))]);

test('gives what it wrote, keeps rows, schema and metadata', async () => {
  const path = join(directory, 'a/out.parquet');
  const written = await writeParquet(path)(source().source);
  expect(written).toEqual({ path, rows: 300, bytes: (await stat(path)).size });
  const batches = await collect(readParquet(path, { batchRows: 64 }));
  expect(batches.map(({ numRows }) => numRows)).toEqual([64, 64, 64, 64, 44]);
  expect(batches.flatMap(rowsOf)).toEqual(rows);
  expect(batches[0]?.schema.metadata).toEqual(new Map([['corpus', 'test']]));
  expect(batches[0]?.schema.fields.map(String)).toEqual(['id: Int32', 'text: LargeUtf8']);
  expect(await keyValues(path)).toContainEqual(['corpus', 'test']);
});

test('a dictionary of views comes back as one of text, whatever dictionary each batch has', async () => {
  const path = join(directory, 'out.parquet');
  const word = fc.option(fc.constantFrom('', 'short', 'longer than a view has room for'));
  const type = new Dictionary(new Utf8View(), new Int8());
  const parts = fc.array(fc.array(word, { minLength: 1, maxLength: 9 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(parts, async (texts) => {
      const batches = texts.map((values) => batchOf(dataOf(type, values)));
      await writeParquet(path, { overwrite: true })(countedSource(batches).source);
      const read = await collect(readParquet(path));
      expect(plainColumns(read)).toEqual({ c: texts.flat() });
      expect(String(read[0]?.schema.fields[0]?.type)).toBe('Dictionary<Int8, Utf8>');
    }),
    { numRuns: 30 },
  );
});

test.each(parquetCompressions)('DuckDB reads %s as we do', async (compression) => {
  const path = join(directory, 'out.parquet');
  await writeParquet(path, { compression })(source().source);
  expect((await inspectParquet(path)).compression).toBe(compression);
  expect(await query(`SELECT * FROM '${path}'`)).toEqual(rows);
});

test('row groups have so many rows at most', async () => {
  const path = join(directory, 'out.parquet');
  await writeParquet(path, { rowGroupRows: 128 })(source().source);
  const { rowGroups } = await inspectParquet(path);
  expect(rowGroups.map((group) => group.rows)).toEqual([128, 128, 44]);
});

test('no rows make a file of no rows, with its schema', async () => {
  const path = join(directory, 'out.parquet');
  expect(await writeParquet(path)(source_([]))).toMatchObject({ rows: 0 });
  const batches = await collect(readParquet(path));
  expect(batches.map(({ numRows }) => numRows)).toEqual([0]);
  expect(batches[0]?.schema.names).toEqual(['id', 'text']);
  expect(await columnTypes(path)).toEqual([
    ['id', 'INTEGER'],
    ['text', 'VARCHAR'],
  ]);
});

const source_ = (texts: string[]) => countedSource([textBatch(numbered(texts))]).source;

test('every type that Parquet has survives', async () => {
  const whole = everyTypeBatch(
    (type) => !/Float16|Interval|Null|Union|Dictionary<Int16/.test(String(type)),
  );
  const cut = [whole.slice(0, 13), whole.slice(13, 14), whole.slice(14)];
  const path = join(directory, 'out.parquet');
  await writeParquet(path, { rowGroupRows: 20 })(countedSource(cut).source);
  const batches = await collect(readParquet(path));
  expect(batches.map(({ numRows }) => numRows)).toEqual([20, 10]);
  expect(plainColumns(batches)).toEqual(plainColumns([whole]));
  const read = withoutViews(whole.schema).fields.map(String);
  expect(batches[0]?.schema.fields.map(String)).toEqual(read);
});

test('an error of the source surfaces as itself and leaves no file', async () => {
  const failure = new Error('disk');
  const { source: failing } = countedSource([textBatch(rows)], failure);
  await expect(writeParquet(join(directory, 'x'))(failing)).rejects.toBe(failure);
  expect(await readdir(directory)).toEqual([]);
});

test('a batch of another schema is refused with its place, and leaves no file', async () => {
  const fields = [new Field('day', new DateDay(), true)];
  const data = makeData({ type: new Struct(fields), length: 0 });
  const batches = [textBatch(rows), new RecordBatch(new Schema(fields), data)];
  const written = writeParquet(join(directory, 'x'))(countedSource(batches).source);
  await expect(written).rejects.toMatchObject({ code: 'COLUMN_TYPE', place: { recordBatch: 1 } });
  expect(await readdir(directory)).toEqual([]);
});

test('a type that Parquet lacks is an error, not a file without rows', async () => {
  const batch = batchOf(
    dataOf(anyColumns.find(({ type }) => /MONTH_DAY/.test(String(type)))?.type ?? new Utf8View(), [
      Int32Array.of(1, 2, 3, 4),
    ]),
  );
  const written = writeParquet(join(directory, 'x'))(countedSource([batch]).source);
  await expect(written).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  expect(await readdir(directory)).toEqual([]);
});

test('an existing file is refused before the source is read', async () => {
  const path = join(directory, 'x');
  await writeFile(path, 'old');
  const { source: unread, seen } = source();
  await expect(writeParquet(path)(unread)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(seen.given).toBe(0);
  await writeParquet(path, { overwrite: true })(source().source);
  expect((await inspectParquet(path)).rows).toBe(300);
});

test('an abort at any point leaves no file, no worker and no open file', async () => {
  const input = join(directory, 'in.parquet');
  await writeParquet(input, { rowGroupRows: 30 })(source().source);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 500 }), async (delayMs) => {
      const signal = AbortSignal.timeout(delayMs);
      const slow = async function* () {
        for await (const batch of readParquet(input, { batchRows: 10, signal })) {
          await setTimeout(20);
          yield batch;
        }
      };
      const written = writeParquet(join(directory, 'out.parquet'))(slow(), { signal });
      await expect(written).rejects.toHaveProperty('name', 'TimeoutError');
      expect(liveWorkers()).toBe(0);
      expect(await readdir(directory)).toEqual(['in.parquet']);
      expect(openFiles(directory)).toEqual([]);
    }),
    { numRuns: 8 },
  );
});

test.each([{ compression: 'lzma' }, { rowGroupRows: 0 }, { profile: 'old' }])(
  'refuses %o',
  (options) => {
    expect(() => writeParquet('x', options as WriteParquetOptions)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  },
);
