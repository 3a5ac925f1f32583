import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Field, Int32, Utf8 } from 'apache-arrow';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { openParquet } from '#toedit/src/parquet/open-parquet';
import {
  idleParquetWorkers,
  leaseParquetWorker,
} from '#toedit/src/parquet/worker/lease-parquet-worker';
import { parquetLayout, writeParquetFile } from '#toedit/src/parquet/write-parquet-file';
import { query } from '../../duckdb.ts';
import { liveWorkers, openFiles } from '../../open-resources.ts';
import { collect, countedSource } from '../../operators/text-batch.ts';
import { recordBatchOf } from '../../record-batch-of.ts';
import { typeFixture } from '../survival/type-fixtures.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-workers-'));
afterAll(() => rmSync(directory, { recursive: true }));
const small = join(directory, 'small.parquet');
const batch = recordBatchOf([
  { field: new Field('text', new Utf8(), true), values: ['a', null, 'é'] },
  { field: new Field('n', new Int32(), true), values: [1, 2, 3] },
]);
const source = () => countedSource([batch]).source;

let started = 0;
process.on('worker', () => {
  started++;
});
beforeAll(async () => {
  await writeParquet(small)(source());
});
afterEach(async () => {
  await expect.poll(liveWorkers).toBe(0);
  expect(openFiles(directory)).toEqual([]);
});

const rowsOf = async (path: string) =>
  (await collect(readParquet(path))).reduce((sum, { numRows }) => sum + numRows, 0);

test('files that are read and written in turn share one thread', async () => {
  await rowsOf(small);
  const before = started;
  for (let i = 0; i < 10; i++) {
    const path = join(directory, `${i}.parquet`);
    await writeParquet(path)(source());
    expect(await rowsOf(path)).toBe(3);
  }
  expect(started - before).toBe(0);
});

test('files that are open at once have a thread each, and few of them wait afterwards', async () => {
  const files = await Promise.all(Array.from({ length: 5 }, () => openParquet(small)));
  expect(liveWorkers()).toBe(5);
  await Promise.all(files.map((file) => file.close()));
  expect(idleParquetWorkers()).toBe(2);
});

test('a thread that a file has killed, or that was left half way, is not used again', async () => {
  const damaged = typeFixture('../../../../shared/faults/none.parquet');
  await expect(rowsOf(damaged)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  const file = await openParquet(small);
  const rows = file.rowGroup(0, 1);
  await rows.next();
  await rows.return(undefined);
  const idle = idleParquetWorkers();
  await file.close();
  expect(idleParquetWorkers()).toBe(idle);
  const worker = leaseParquetWorker();
  await expect(worker.call('open', { path: directory })).rejects.toThrow();
  await worker.end();
  expect(await rowsOf(small)).toBe(3);
});

test('an abort ends the thread, whoever has it next has another', async () => {
  const controller = new AbortController();
  const file = await openParquet(small, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(file.rowGroup(0, 10).next()).rejects.toThrow('enough');
  await file.close();
  expect(await rowsOf(small)).toBe(3);
});

test('a thread whose memory has grown is not kept', async () => {
  const large = join(directory, 'large.parquet');
  const rows = `SELECT repeat(md5(i::VARCHAR), 300) AS text FROM range(10000) t(i)`;
  await query(`COPY (${rows}) TO '${large}' (FORMAT parquet, COMPRESSION uncompressed)`);
  await rowsOf(small);
  const before = idleParquetWorkers();
  expect(before).toBeGreaterThan(0);
  expect(await rowsOf(large)).toBe(10_000);
  expect(idleParquetWorkers()).toBe(before - 1);
}, 120_000);

test('a thread that gives no sign is ended: a damaged file where it reads', async () => {
  const files = await Promise.all([1, 2, 3].map(() => openParquet(small)));
  // The threads that wait are taken, and one that starts needs longer than that.
  await expect(openParquet(small, { answerMs: 1 })).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
    message: expect.stringContaining('given no sign for 0.001 s'),
  });
  await Promise.all(files.map((file) => file.close()));
});

test('a thread that gives no sign is ended: the columns are named where it writes', async () => {
  const path = join(directory, 'hanging.parquet');
  const files = await Promise.all([1, 2, 3].map(() => openParquet(small)));
  const target = { path, temporaryPath: `${path}.part`, layout: parquetLayout({}), answerMs: 1 };
  await expect(writeParquetFile(source(), target)).rejects.toMatchObject({
    code: 'WRITE_FAILED',
    message: expect.stringMatching(/no sign for .*text: Utf8, n: Int32/),
  });
  await Promise.all(files.map((file) => file.close()));
});
