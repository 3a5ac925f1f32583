import { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { RecordBatch } from 'apache-arrow';
import { expect, test } from 'vitest';
import { rebatch } from '#toedit/operators/rebatch';
import type { Operator } from '#toedit/src/operator';
import { toTransform } from '#toedit/src/to-transform';
import { countedSource, numbered, rowsOf, textBatch } from '../operators/text-batch.ts';

const rows = numbered(Array.from({ length: 40 }, (_, i) => `text ${i}`));
const single = () => rows.map((row) => textBatch([row]));
const settle = async () => {
  for (let i = 0; i < 100; i++) await setImmediate();
};

function collector() {
  const batches: RecordBatch[] = [];
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write: (batch: RecordBatch, _encoding, callback) => {
      batches.push(batch);
      setTimeout(callback, 0);
    },
  });
  return { batches, sink };
}

/** Passes batches on, and says how it ended. */
function watched(onBatch: (count: number) => void = () => undefined) {
  const seen = { count: 0, isReleased: false };
  const operator: Operator = async function* watched(source) {
    try {
      for await (const batch of source) {
        onBatch(++seen.count);
        yield batch;
      }
    } finally {
      seen.isReleased = true;
    }
  };
  return { seen, operator };
}

test('pipes as the operator would', async () => {
  const { batches, sink } = collector();
  Readable.from(single())
    .pipe(toTransform(rebatch({ rows: 7 })))
    .pipe(sink);
  await finished(sink);
  expect(batches.map(({ numRows }) => numRows)).toEqual([7, 7, 7, 7, 7, 5]);
  expect(batches.flatMap(rowsOf)).toEqual(rows);
});

test('with a stalled reader the source stops after a few batches', async () => {
  const { seen, source } = countedSource(single());
  const transform = toTransform(watched().operator);
  Readable.from(source, { highWaterMark: 1 }).pipe(transform);
  await settle();
  expect(seen.given).toBeLessThanOrEqual(5);
  transform.destroy();
});

test('an error of the operator is the error of the stream', async () => {
  const failure = new Error('third');
  const { seen, operator } = watched((count) => {
    if (count === 3) throw failure;
  });
  const transform = toTransform(operator);
  const { source, seen: given } = countedSource(single());
  await expect(pipeline(source, transform, collector().sink)).rejects.toBe(failure);
  expect(seen.isReleased).toBe(true);
  expect(given.isReleased).toBe(true);
});

test('an error of the source reaches the operator and the stream', async () => {
  const failure = new Error('disk');
  const { seen, operator } = watched();
  const { source } = countedSource(single().slice(0, 2), failure);
  const piped = pipeline(Readable.from(source), toTransform(operator), collector().sink);
  await expect(piped).rejects.toBe(failure);
  await settle();
  expect(seen.isReleased).toBe(true);
});

test('destroying the stream runs the finally of an operator that waits for its source', async () => {
  const { seen, operator } = watched();
  const transform = toTransform(operator);
  transform.write(textBatch(rows.slice(0, 1)));
  transform.resume();
  await settle();
  expect(seen).toEqual({ count: 1, isReleased: false });
  transform.destroy();
  await settle();
  expect(seen.isReleased).toBe(true);
});

test('an operator that has had enough lets the writer end', async () => {
  const first: Operator = async function* first(source) {
    for await (const batch of source) {
      yield batch;
      return;
    }
  };
  const { batches, sink } = collector();
  const { source, seen } = countedSource(single());
  Readable.from(source).pipe(toTransform(first)).pipe(sink);
  await finished(sink);
  await settle();
  expect(batches.length).toBe(1);
  expect(seen.isReleased).toBe(true);
});
