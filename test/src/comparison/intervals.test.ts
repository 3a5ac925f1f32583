import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ClusteredMean,
  clusteredMean,
  fractionInterval,
  meanInterval,
  studentQuantile,
} from '#toedit/src/comparison/intervals';

function meanOf(sums: readonly number[], counts: readonly number[]): ClusteredMean {
  const mean = clusteredMean();
  sums.forEach((sum, i) => {
    mean.add(sum, counts[i] ?? 0);
  });
  return mean;
}

// Reference values: SciPy 1.x, the variance from residuals, t by scipy.stats.t.ppf, Wilson's ends as the roots of
// (p - q)^2 = t^2 q (1 - q) / size by scipy.optimize.brentq.
test.each([
  [
    [0, 0, 0],
    [100, 50, 70],
    [0, 0.07761771662008166],
  ],
  [Array(30).fill(0), Array(30).fill(1000), [0, 0.0001394127043564901]],
  [
    [1, 0, 0, 2, 0, 0, 0, 0, 0, 7],
    [300, 200, 250, 400, 120, 90, 310, 205, 260, 500],
    [0.0010895392499785097, 0.013130605282068436],
  ],
  [
    [5, 3],
    [10, 10],
    [0.01837888649834515, 0.959576186234995],
  ],
  [
    [10, 0, 0, 0],
    [10, 10, 10, 10],
    [0.016429675843553374, 0.8693104172532822],
  ],
  [
    [4, 4, 4, 4, 4],
    [40, 40, 40, 40, 40],
    [0.05517495116484151, 0.17451528087064475],
  ],
] as [number[], number[], [number, number]][])(
  'the interval of the fraction %j of %j',
  (hits, counts, [low, high]) => {
    const interval = fractionInterval(meanOf(hits, counts)) ?? [];
    expect(interval[0]).toBeCloseTo(low, 5);
    expect(interval[1]).toBeCloseTo(high, 5);
  },
);

test.each([
  [
    [1.5, 0.25, 3.75, 2.0],
    [10, 3, 40, 17],
    [0.06973904062800165, 0.14454667365771262],
  ],
  [
    [0.5, 0.5],
    [10, 10],
    [0.05, 0.05],
  ],
  [
    [0, 9],
    [5, 5],
    [0, 12.335584262557225],
  ],
] as [number[], number[], [number, number]][])(
  'the interval of the mean %j of %j',
  (sums, counts, [low, high]) => {
    const interval = meanInterval(meanOf(sums, counts)) ?? [];
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 3);
  },
);

test.each([
  [1, 12.706204736174694],
  [2, 4.302652729749462],
  [3, 3.1824463052837078],
  [4, 2.7764451051977934],
  [5, 2.5705818356363146],
  [10, 2.228138851986274],
  [1000, 1.9623390808264083],
])("the quantile of Student's t at %i degrees of freedom is SciPy's", (freedom, expected) => {
  expect(Math.abs(studentQuantile(freedom) / expected - 1)).toBeLessThan(2e-4);
});

const clusters = fc.array(
  fc
    .nat({ max: 50 })
    .chain((count) => fc.tuple(fc.nat({ max: count }), fc.constant(count)))
    .filter(([, count]) => count > 0),
  { minLength: 2, maxLength: 30 },
);

describe('an interval of a fraction', () => {
  const intervalOf = (given: readonly (readonly [number, number])[]) => {
    const [hits, counts] = [given.map(([hit]) => hit), given.map(([, count]) => count)];
    const mean = meanOf(hits, counts);
    const [low, high] = fractionInterval(mean) ?? [Number.NaN, Number.NaN];
    return { mean: mean.mean, low, high };
  };

  test('holds the fraction, lies within 0 and 1, and is never empty', () => {
    fc.assert(
      fc.property(clusters, (given) => {
        const { mean, low, high } = intervalOf(given);
        expect(0 <= low && low <= mean && mean <= high && high <= 1).toBe(true);
        expect(high - low).toBeGreaterThan(0);
      }),
    );
  });

  test('of what is not there mirrors that of what is', () => {
    fc.assert(
      fc.property(clusters, (given) => {
        const { low, high } = intervalOf(given);
        const others = intervalOf(given.map(([hits, count]) => [count - hits, count]));
        expect(others.low).toBeCloseTo(1 - high, 9);
        expect(others.high).toBeCloseTo(1 - low, 9);
      }),
    );
  });

  test('is wider where the hits come in few documents', () => {
    const counts = Array<number>(20).fill(100);
    const spread = intervalOf(counts.map((count) => [1, count]));
    const lumped = intervalOf(counts.map((count, i) => [i === 0 ? 20 : 0, count]));
    expect(lumped.mean).toBe(spread.mean);
    expect(lumped.high - lumped.low).toBeGreaterThan(3 * (spread.high - spread.low));
  });
});

test('clusters without items count for nothing', () => {
  const mean = meanOf([1, 0, 2], [3, 0, 4]);
  expect([mean.clusters, mean.items, mean.mean]).toEqual([2, 7, 3 / 7]);
  expect(mean.variance).toBe(meanOf([1, 2], [3, 4]).variance);
});

test('one cluster tells nothing of others', () => {
  const one = meanOf([3], [10]);
  expect([meanInterval(one), fractionInterval(one)]).toEqual([null, null]);
});
