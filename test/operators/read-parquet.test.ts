import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { ToeditError } from '#toedit/src/errors';
import { inspectParquet } from '../inspect-parquet.ts';
import { liveWorkers, openFiles } from '../open-resources.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { collect, countedSource, numbered, rowsOf, textBatch } from './text-batch.ts';

let directory = '';
let path = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-parquet-'));
  path = join(directory, 'in.parquet');
});
afterEach(async () => {
  expect(liveWorkers()).toBe(0);
  expect(openFiles(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

const rows = numbered(Array.from({ length: 200 }, (_, i) => `text ${i}`));
const write = () =>
  writeParquet(path, { rowGroupRows: 60 })(countedSource([textBatch(rows)]).source);

test('a batch ends with its row group', async () => {
  await write();
  const batches = await collect(readParquet(path, { batchRows: 50 }));
  expect(batches.map(({ numRows }) => numRows)).toEqual([50, 10, 50, 10, 50, 10, 20]);
});

test('leaves out the rows before the first asked for, and does not decode their row groups', async () => {
  await write();
  const bytes = await readFile(path);
  // The pages of the first row group are gone.
  const { rowGroups } = await inspectParquet(path);
  expect(rowGroups[0]?.rows).toBe(60);
  await writeFile(path, bytes.fill(0xff, 4, 64));
  for (const firstRow of [60, 61, 130, 179, 180, 199]) {
    const batches = await collect(readParquet(path, { batchRows: 50, firstRow }));
    expect(batches.flatMap(rowsOf)).toEqual(rows.slice(firstRow));
  }
  for (const firstRow of [200, 201]) {
    const batches = await collect(readParquet(path, { firstRow }));
    expect(batches.map(({ numRows }) => numRows)).toEqual([0]);
    expect(batches[0]?.schema.names).toEqual(['id', 'text']);
  }
  await expect(collect(readParquet(path, { firstRow: 59 }))).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
  });
  expect(() => readParquet(path, { firstRow: 0.5 })).toThrow('firstRow must be a whole number');
});

test('tells what the footer says', async () => {
  await write();
  const info = await inspectParquet(path);
  expect(info).toMatchObject({ rows: 200, compression: 'zstd', version: 1 });
  expect(info.rowGroups.map((group) => group.rows)).toEqual([60, 60, 60, 20]);
  expect(info.schema.metadata).toEqual(new Map([['corpus', 'test']]));
});

test('an early stop ends the worker and closes the file', async () => {
  await write();
  for await (const batch of readParquet(path, { batchRows: 7 })) {
    expect(batch.numRows).toBe(7);
    expect(liveWorkers()).toBe(1);
    break;
  }
});

test('an abort between batches is the reason given', async () => {
  await write();
  const controller = new AbortController();
  const reason = new Error('enough');
  const read = async () => {
    for await (const _ of readParquet(path, { batchRows: 7, signal: controller.signal })) {
      controller.abort(reason);
      await setTimeout(1);
    }
  };
  await expect(read()).rejects.toBe(reason);
});

test('what is missing, or is a directory, is unreadable', async () => {
  for (const bad of [join(directory, 'absent.parquet'), directory]) {
    const read = collect(readParquet(bad));
    await expect(read).rejects.toMatchObject({ code: 'FILE_UNREADABLE', place: { file: bad } });
  }
});

test('batchRows is a whole number', () => {
  expect(() => readParquet(path, { batchRows: 0 })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
});

test('any flipped byte or cut gives all rows or one error with the file in it', async () => {
  await write();
  const whole = await readFile(path);
  const damaged = join(directory, 'damaged.parquet');
  const damage = fc.record({
    at: fc.nat({ max: whole.length - 1 }),
    bits: fc.integer({ min: 1, max: 255 }),
    cuts: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, bits, cuts }) => {
      const bytes = Buffer.from(cuts ? whole.subarray(0, at) : whole);
      if (!cuts) bytes[at] = (bytes[at] ?? 0) ^ bits;
      await writeFile(damaged, bytes);
      const ended = await collect(readParquet(damaged)).then(
        (batches) => batches.reduce((sum, { numRows }) => sum + numRows, 0),
        (error: unknown) => error instanceof ToeditError && error.place.file,
      );
      expect([200, damaged]).toContain(ended);
      expect(liveWorkers()).toBe(0);
    }),
    { numRuns: 25 },
  );
});

const broken = [
  ['flipped-in-row-group-2', 'FILE_CORRUPT', { rowGroup: 1 }],
  ['footer-length', 'FILE_CORRUPT', {}],
  ['magic-only', 'FILE_CORRUPT', {}],
  ['no-footer', 'FILE_CORRUPT', {}],
  ['text', 'FORMAT_UNKNOWN', {}],
  ['truncated', 'FILE_CORRUPT', {}],
  ['zero-bytes', 'FILE_CORRUPT', {}],
] as const;

describe.skipIf(!hasSharedData)('broken files', () => {
  test.each(broken)('%s is one error, and leaves no output', async (name, code, place) => {
    await copyFile(join(sharedData, 'broken', `${name}.parquet`), path);
    const output = join(directory, 'out.parquet');
    const written = writeParquet(output)(readParquet(path));
    await expect(written).rejects.toMatchObject({ code, place: { file: path, ...place } });
    await expect(written).rejects.toThrow(path);
    expect(openFiles(directory)).toEqual([]);
    await expect(readFile(output)).rejects.toHaveProperty('code', 'ENOENT');
  });
});
