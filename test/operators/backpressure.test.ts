import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { prefetch } from '#toedit/operators/prefetch';
import { rebatch } from '#toedit/operators/rebatch';
import type { Operator } from '#toedit/src/operator';
import { inspectParquet } from '../inspect-parquet.ts';
import { liveWorkers, openFiles } from '../open-resources.ts';
import { countedSource, numbered, textBatch } from './text-batch.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-pressure-'));
});
afterEach(async () => {
  expect(liveWorkers()).toBe(0);
  expect(openFiles(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

const rows = numbered(Array.from({ length: 1000 }, (_, i) => `text ${i}`));

function counting() {
  const seen = { count: 0 };
  const operator: Operator = async function* counting(source) {
    for await (const batch of source) {
      seen.count++;
      yield batch;
    }
  };
  return { seen, operator };
}

const inputs = [
  [
    'Parquet',
    async () => {
      const path = join(directory, 'in.parquet');
      await writeParquet(path)(countedSource([textBatch(rows)]).source);
      return readParquet(path, { batchRows: 10 });
    },
  ],
  [
    'Arrow',
    async () => {
      const path = join(directory, 'in.arrow');
      await writeArrow(path)(rebatch({ rows: 10 })(countedSource([textBatch(rows)]).source));
      return readArrow(path);
    },
  ],
] as const;

test.each(inputs)('%s: with a stalled sink the source stops', async (_, open) => {
  const { seen, operator } = counting();
  const controller = new AbortController();
  const stalled = new Writable({ objectMode: true, highWaterMark: 1, write: () => undefined });
  const running = pipeline(await open(), operator, rebatch({ rows: 20 }), prefetch(3), stalled, {
    signal: controller.signal,
  });
  await setTimeout(1000);
  // One batch of 20 rows in the sink and one at its door, three read ahead; each of two batches of 10, and the one
  // behind that shows a batch to be full.
  expect(seen.count).toBeGreaterThanOrEqual(4 * 2 + 1);
  expect(seen.count).toBeLessThanOrEqual(5 * 2 + 1);
  controller.abort();
  await expect(running).rejects.toHaveProperty('name', 'AbortError');
  await setTimeout(200);
});

test('a Parquet writer takes one batch after the other, and ends a row group at its bytes', async () => {
  const text = () => randomBytes(768 * 1024).toString('base64');
  const path = join(directory, 'out.parquet');
  const batches = function* () {
    for (let i = 0; i < 40; i++) yield textBatch([{ id: i, text: text() }]);
  };
  await writeParquet(path, { compression: 'none' })(countedSource(batches()).source);
  const { rowGroups } = await inspectParquet(path);
  expect(rowGroups.reduce((sum, group) => sum + group.rows, 0)).toBe(40);
  expect(rowGroups.length).toBe(3);
  for (const { bytes } of rowGroups) expect(bytes).toBeLessThan(18 * 2 ** 20);
});
