import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cheapestCuts } from '#toedit/src/inference/pack-windows';

const batching = fc.record({
  maxBatchTokens: fc.integer({ min: 1, max: 300 }),
  runTokens: fc.integer({ min: 0, max: 99 }),
});
type Batching = Parameters<typeof cheapestCuts>[1];

const lengthsOf = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 1, max: 120 }), { maxLength })
    .map((lengths) => lengths.toSorted((a, b) => b - a));

/** Lengths by micro-batch. */
function groups(lengths: readonly number[], cuts: readonly number[]): number[][] {
  let from = 0;
  return cuts.map((count) => lengths.slice(from, (from += count)));
}

function costOf(lengths: readonly number[], cuts: readonly number[], { runTokens }: Batching) {
  return groups(lengths, cuts).reduce(
    (sum, group) => sum + runTokens + (group[0] ?? 0) * group.length,
    0,
  );
}

const fits = (group: readonly number[], { maxBatchTokens }: Batching) =>
  group.length === 1 || (group[0] ?? 0) * group.length <= maxBatchTokens;

/** Every way to cut so many windows. */
function waysToCut(windows: number): number[][] {
  if (windows === 0) return [[]];
  return Array.from({ length: windows }, (_, i) =>
    waysToCut(windows - i - 1).map((rest) => [i + 1, ...rest]),
  ).flat();
}

/** As many as fit, again and again. */
function greedyCuts(lengths: readonly number[], { maxBatchTokens }: Batching): number[] {
  const cuts: number[] = [];
  for (let from = 0; from < lengths.length; from += cuts.at(-1) ?? 1) {
    const most = Math.max(1, Math.floor(maxBatchTokens / (lengths[from] ?? 1)));
    cuts.push(Math.min(most, lengths.length - from));
  }
  return cuts;
}

test('takes every window once, and no micro-batch of several beyond the bound', () => {
  fc.assert(
    fc.property(lengthsOf(80), batching, (lengths, given) => {
      const cuts = cheapestCuts(lengths, given);
      expect(cuts.reduce((sum, count) => sum + count, 0)).toBe(lengths.length);
      expect(Math.min(1, ...cuts)).toBe(1);
      for (const group of groups(lengths, cuts)) expect(fits(group, given)).toBe(true);
    }),
  );
});

test('no other way to cut costs less', () => {
  fc.assert(
    fc.property(lengthsOf(9), batching, (lengths, given) => {
      const costs = waysToCut(lengths.length)
        .filter((cuts) => groups(lengths, cuts).every((group) => fits(group, given)))
        .map((cuts) => costOf(lengths, cuts, given));
      expect(costOf(lengths, cheapestCuts(lengths, given), given)).toBe(Math.min(...costs));
    }),
  );
});

test('never costs more than as many as fit, again and again', () => {
  fc.assert(
    fc.property(lengthsOf(200), batching, (lengths, given) => {
      const cost = costOf(lengths, cheapestCuts(lengths, given), given);
      expect(cost).toBeLessThanOrEqual(costOf(lengths, greedyCuts(lengths, given), given));
    }),
  );
});

test('pads nothing where a forward pass has no fixed cost', () => {
  fc.assert(
    fc.property(lengthsOf(80), (lengths) => {
      const cuts = cheapestCuts(lengths, { maxBatchTokens: 1e9, runTokens: 0 });
      expect(cuts).toHaveLength(new Set(lengths).size);
    }),
  );
});

test('runs all at once where a forward pass costs more than all padding', () => {
  const lengths = Array.from({ length: 4096 }, (_, i) => 4096 - i);
  const given = { maxBatchTokens: Number.POSITIVE_INFINITY, runTokens: 2 ** 24 };
  expect(cheapestCuts(lengths, given)).toEqual([4096]);
});
