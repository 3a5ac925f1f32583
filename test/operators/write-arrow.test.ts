import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Dictionary, Int8, Utf8, Utf8View } from 'apache-arrow';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { type WriteArrowOptions, writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { rebatch } from '#toedit/operators/rebatch';
import { openFiles } from '../open-resources.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { batchOf, dataOf, everyTypeBatch } from '../src/arrow/any-column.ts';
import { plainColumns } from '../src/arrow/plain-values.ts';
import { collect, countedSource, numbered, textBatch } from './text-batch.ts';

let directory = '';
let path = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-arrow-'));
  path = join(directory, 'out.arrow');
});
afterEach(async () => {
  expect(openFiles(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

const formats = ['file', 'stream'] as const;
const compressions = ['none', 'lz4', 'zstd'] as const;
const ways = formats.flatMap((format) =>
  compressions.map((compression) => ({ format, compression })),
);
const rows = numbered(Array.from({ length: 90 }, (_, i) => (i % 7 === 0 ? null : `text ${i} 文`)));

test.each(ways)('%o: every type survives, sliced, with its metadata', async (options) => {
  const whole = everyTypeBatch(() => true);
  const cut = [whole.slice(0, 13), whole.slice(13, 14), whole.slice(14)];
  const written = await writeArrow(path, options)(countedSource(cut).source);
  expect(written).toEqual({ path, rows: 30, bytes: (await stat(path)).size });
  const batches = await collect(readArrow(path));
  expect(batches.map(({ numRows }) => numRows)).toEqual([13, 1, 16]);
  expect(plainColumns(batches)).toEqual(plainColumns([whole]));
  expect(batches[0]?.schema.fields.map(String)).toEqual(whole.schema.fields.map(String));
  expect(batches[0]?.schema.metadata).toEqual(new Map([['corpus', 'test']]));
});

test.each(ways)('%o: no rows are no rows, with the schema', async (options) => {
  await writeArrow(path, options)(countedSource([textBatch([])]).source);
  const batches = await collect(readArrow(path));
  expect(batches.map(({ numRows }) => numRows)).toEqual([0]);
  expect(batches[0]?.schema.fields.map(String)).toEqual(['id: Int32', 'text: LargeUtf8']);
});

const word = fc.option(fc.constantFrom('alpha', 'beta', 'gamma', 'delta', ''), { nil: null });

test.each([new Utf8(), new Utf8View()])(
  'dictionaries of %s may differ from batch to batch; a file has one, whole',
  async (values) => {
    const type = new Dictionary(values, new Int8());
    const parts = fc.array(fc.array(word, { maxLength: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(parts, fc.constantFrom(...formats), async (texts, format) => {
        const batches = texts.map((values) => batchOf(dataOf(type, values)));
        await writeArrow(path, { format, overwrite: true })(countedSource(batches).source);
        const read = await collect(readArrow(path));
        expect(plainColumns(read)).toEqual({ c: texts.flat() });
        if (format === 'stream') return;
        const filled = read.filter(({ numRows }) => numRows > 0);
        const dictionaries = new Set(filled.map((batch) => batch.data.children[0]?.dictionary));
        expect(dictionaries.size).toBe(Math.min(1, filled.length));
        expect([...dictionaries][0]?.length ?? 0).toBeLessThanOrEqual(6);
      }),
      { numRuns: 40 },
    );
  },
);

test('dictionaries that a file cannot hold are an error that names the stream format', async () => {
  const type = new Dictionary(new Utf8(), new Int8());
  const words = (prefix: string) => Array.from({ length: 100 }, (_, i) => `${prefix}${i}`);
  const batches = ['a', 'b'].map((prefix) => batchOf(dataOf(type, words(prefix))));
  const written = writeArrow(path)(countedSource(batches).source);
  await expect(written).rejects.toMatchObject({ code: 'TYPE_LOST' });
  await expect(written).rejects.toThrow('stream format');
  expect(await readdir(directory)).toEqual([]);
  await writeArrow(path, { format: 'stream' })(countedSource(batches).source);
});

test('an error of the source surfaces as itself and leaves no file', async () => {
  const failure = new Error('disk');
  const { source } = countedSource([textBatch(rows)], failure);
  await expect(writeArrow(path)(source)).rejects.toBe(failure);
  expect(await readdir(directory)).toEqual([]);
});

test('a batch of another schema is refused with its place', async () => {
  const batches = [textBatch(rows), batchOf(dataOf(new Utf8(), ['x']))];
  const written = writeArrow(path)(countedSource(batches).source);
  await expect(written).rejects.toMatchObject({ code: 'COLUMN_TYPE', place: { recordBatch: 1 } });
  expect(await readdir(directory)).toEqual([]);
});

test('an existing file is refused before the source is read', async () => {
  await writeFile(path, 'old');
  const { source, seen } = countedSource([textBatch(rows)]);
  await expect(writeArrow(path)(source)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(seen.given).toBe(0);
});

test('an abort leaves no file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 60 }), async (delayMs) => {
      const signal = AbortSignal.timeout(delayMs);
      const endless = async function* () {
        for (;;) {
          await setTimeout(2);
          yield textBatch(rows);
        }
      };
      const written = writeArrow(path)(endless(), { signal });
      await expect(written).rejects.toHaveProperty('name', 'TimeoutError');
      expect(await readdir(directory)).toEqual([]);
    }),
    { numRuns: 8 },
  );
});

test.each([{ format: 'csv' }, { compression: 'gzip' }])('refuses %o', (options) => {
  expect(() => writeArrow('x', options as WriteArrowOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
});

describe.skipIf(!hasSharedData)('corpora', () => {
  test.each(['tech.arrow', 'tech-zstd.arrows'])('%s: every column equal', async (name) => {
    const input = join(sharedData, name);
    const expected = plainColumns(await collect(readArrow(input)));
    expect(Object.keys(expected)).toContain('text');
    const read = () => rebatch({ rows: 7, bytes: 50_000 })(readArrow(input));
    for (const options of ways) {
      await writeArrow(path, { ...options, overwrite: true })(read());
      expect(plainColumns(await collect(readArrow(path)))).toEqual(expected);
    }
    const parquet = join(directory, 'out.parquet');
    await writeParquet(parquet)(read());
    expect(plainColumns(await collect(readParquet(parquet)))).toEqual(expected);
  });
});
