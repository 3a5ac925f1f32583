import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leastLogprob, logThreshold } from '#toedit/src/resampling/resampling-options';

const threshold = fc.double({ min: 1e-30, max: 1, noNaN: true });

test('one comparison decides as the two of docs/algorithm.md do', () => {
  const logprob = fc.float({ min: -80, max: 0, noNaN: true });
  const cases = fc.oneof(
    fc.tuple(threshold, logprob),
    threshold.map((p): [number, number] => [p, logThreshold(p)]),
    logprob.map((l): [number, number] => [Math.exp(l), l]),
  );
  fc.assert(
    fc.property(cases, ([p, l]) => {
      expect(l >= leastLogprob(p, true)).toBe(l >= logThreshold(p));
      expect(l >= leastLogprob(p, false)).toBe(l > logThreshold(p));
    }),
    { numRuns: 5_000 },
  );
});

test('no token is at or above a null threshold, or above 1', () => {
  expect(leastLogprob(null, true)).toBe(Number.POSITIVE_INFINITY);
  expect(0 >= leastLogprob(1, true)).toBe(true);
  expect(0 >= leastLogprob(1, false)).toBe(false);
});
