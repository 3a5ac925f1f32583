import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prefetch } from '#toedit/operators/prefetch';
import { countedSource, numbered, rowsOf, textBatch } from './text-batch.ts';

const batches = (count: number) =>
  numbered(Array.from({ length: count }, () => 'x')).map((row) => textBatch([row]));

const settle = async () => {
  for (let i = 0; i < 50; i++) await setImmediate();
};

test('keeps the order, and reads exactly so many batches ahead of a stalled reader', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 12 }),
      async (n, total) => {
        const { seen, source } = countedSource(batches(total));
        const ids: number[] = [];
        for await (const batch of prefetch(n)(source)) {
          ids.push(...rowsOf(batch).map(({ id }) => id));
          await settle();
          expect(seen.given).toBe(Math.min(ids.length + n, total));
        }
        expect(ids).toEqual(Array.from({ length: total }, (_, i) => i));
        expect(seen.isReleased).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});

test('an error comes after the batches before it', async () => {
  const failure = new Error('disk');
  const { source } = countedSource(batches(3), failure);
  let seen = 0;
  const read = async () => {
    for await (const _ of prefetch(2)(source)) {
      seen++;
      await settle();
    }
  };
  await expect(read()).rejects.toBe(failure);
  expect(seen).toBe(3);
});

test('an early stop releases the source', async () => {
  const { seen, source } = countedSource(batches(9));
  for await (const _ of prefetch(2)(source)) break;
  expect(seen.isReleased).toBe(true);
  expect(seen.given).toBeLessThanOrEqual(3);
});

test.each([0, -1, 1.5, Number.NaN])('refuses %d', (count) => {
  expect(() => prefetch(count)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
