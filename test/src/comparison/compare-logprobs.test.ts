import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareLogprobs } from '#toedit/src/comparison/compare-logprobs';
import type { PriorComparison } from '#toedit/src/comparison/prior-comparison';
import { type LogprobPair, logprobPairs } from './logprob-pairs.ts';

function compare(pairs: readonly LogprobPair[], thresholds?: readonly number[]): PriorComparison {
  const comparison = compareLogprobs(thresholds);
  pairs.forEach(({ a, b }, row) => comparison.add(a, b, { file: 'sample', row }));
  return comparison.result();
}

/** Tokens with a probability by both, one after the other. */
function sharedTokens(pairs: readonly LogprobPair[]): readonly (readonly [number, number])[] {
  return pairs
    .flatMap(({ a, b }) => [...a].map((value, i) => [value, b[i] ?? NaN] as const))
    .filter((both) => !both.some(Number.isNaN));
}

test('means, counts and fractions are those of all tokens that both scored', () => {
  fc.assert(
    fc.property(logprobPairs, (pairs) => {
      const tokens = sharedTokens(pairs);
      const { meanDelta, thresholds, ...found } = compare(pairs);
      expect(found.tokens).toBe(tokens.length);
      const sum = tokens.reduce((total, [a, b]) => total + Math.abs(a - b), 0);
      expect(meanDelta).toBeCloseTo(tokens.length === 0 ? 0 : sum / tokens.length, 9);
      expect(thresholds.map(({ threshold }) => threshold)).toEqual([0.9, 0.95, 0.99, 0.999]);
      for (const { threshold, ...counts } of thresholds) {
        const least = Math.fround(Math.log(threshold));
        const count = (is: (a: boolean, b: boolean) => boolean) =>
          tokens.filter(([a, b]) => is(a >= least, b >= least)).length;
        const either = count((a, b) => a || b);
        expect(counts).toMatchObject({
          eligibleA: count((a) => a),
          eligibleB: count((_, b) => b),
          lost: count((a, b) => a && !b),
          gained: count((a, b) => !a && b),
          flipped: count((a, b) => a !== b),
          flippedFraction: tokens.length === 0 ? 0 : count((a, b) => a !== b) / tokens.length,
          jaccard: either === 0 ? 1 : count((a, b) => a && b) / either,
        });
        expect(counts.eligibleB).toBe(counts.eligibleA - counts.lost + counts.gained);
      }
    }),
  );
});

test('intervals hold what they are of, from two documents on', () => {
  fc.assert(
    fc.property(logprobPairs, (pairs) => {
      const { documents, meanDelta, meanDeltaInterval, thresholds } = compare(pairs);
      expect(documents).toBe(pairs.filter((pair) => sharedTokens([pair]).length > 0).length);
      for (const [value, interval] of [
        [meanDelta, meanDeltaInterval] as const,
        ...thresholds.map((each) => [each.flippedFraction, each.flippedInterval] as const),
      ]) {
        expect(interval === null).toBe(documents < 2);
        expect(interval?.[0] ?? 0).toBeGreaterThanOrEqual(0);
        expect(interval?.[0] ?? value).toBeLessThanOrEqual(value);
        expect(interval?.[1] ?? value).toBeGreaterThanOrEqual(value);
      }
    }),
  );
});

test('the worst token is the first of the greatest difference, by document and place', () => {
  fc.assert(
    fc.property(logprobPairs, (pairs) => {
      const { worst } = compare(pairs);
      const deltas = sharedTokens(pairs).map(([a, b]) => Math.abs(a - b));
      if (worst === null) {
        expect(deltas).toEqual([]);
        return;
      }
      const { row, token, logprobA, logprobB } = worst;
      expect([pairs[row]?.a[token], pairs[row]?.b[token]]).toEqual([logprobA, logprobB]);
      expect(Math.abs(logprobA - logprobB)).toBe(Math.max(...deltas));
    }),
  );
});

test('a prior differs from itself in nothing, and an interval still has an upper end', () => {
  fc.assert(
    fc.property(logprobPairs, (pairs) => {
      const { documents, tokens, ...same } = compare(pairs.map(({ a }) => ({ a, b: a })));
      expect(same.meanDelta).toBe(0);
      expect(same.meanDeltaInterval ?? [0, 0]).toEqual([0, 0]);
      for (const each of same.thresholds) {
        expect(each).toMatchObject({ lost: 0, gained: 0, flippedFraction: 0, jaccard: 1 });
        if (documents < 2) continue;
        expect(each.flippedInterval?.[0]).toBe(0);
        expect(each.flippedInterval?.[1]).toBeGreaterThan(Math.min(0.5, 3.6 / tokens));
      }
    }),
  );
});

test('with A and B exchanged, lost and gained change places and all else stays', () => {
  fc.assert(
    fc.property(logprobPairs, (pairs) => {
      const { worst, thresholds, ...there } = compare(pairs);
      const back = compare(pairs.map(({ a, b }) => ({ a: b, b: a })));
      expect(back).toEqual({
        ...there,
        worst: worst && { ...worst, logprobA: worst.logprobB, logprobB: worst.logprobA },
        thresholds: thresholds.map((each) => ({
          ...each,
          ...{ eligibleA: each.eligibleB, eligibleB: each.eligibleA },
          ...{ lost: each.gained, gained: each.lost },
        })),
      });
    }),
  );
});

test('documents of different lengths, and thresholds that are none, are refused', () => {
  const place = { file: 'sample', row: 0 };
  expect(() => compareLogprobs().add(new Float32Array(2), new Float32Array(3), place)).toThrow(
    RangeError,
  );
  for (const threshold of [0, -1, 1.5, NaN]) {
    expect(() => compareLogprobs([0.9, threshold])).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: expect.stringContaining(String(threshold)),
      }),
    );
  }
});
