import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeBins } from '#toedit/src/metrics/time-bins';

const stretches = fc.array(
  fc.record({
    from: fc.integer({ min: 0, max: 10_000_000_000 }),
    length: fc.integer({ min: 1, max: 100_000 }),
    amount: fc.integer({ min: 0, max: 1000 }),
  }),
  { minLength: 1, maxLength: 30 },
);

test('nothing is lost, bins are in order without gaps, and never too many', () => {
  fc.assert(
    fc.property(stretches, fc.integer({ min: 2, max: 60 }), (all, mostBins) => {
      const bins = timeBins(mostBins);
      for (const { from, length, amount } of all) bins.add({ from, to: from + length }, amount);
      const rates = bins.rates();
      const sum = rates.reduce((total, { from, to, rate }) => total + rate * (to - from), 0);
      const first = Math.min(...all.map(({ from }) => from));
      const last = Math.max(...all.map(({ from, length }) => from + length));
      expect(sum).toBeCloseTo(
        all.reduce((total, { amount }) => total + amount, 0),
        3,
      );
      expect(rates.length).toBeLessThanOrEqual(mostBins);
      expect(rates[0]?.from).toBe(0);
      expect(rates.at(-1)?.to).toBeCloseTo((last - first) / 1000, 6);
      rates.forEach(({ from, to }, index) => {
        expect(to).toBeGreaterThan(from);
        if (index > 0) expect(from).toBe(rates[index - 1]?.to);
      });
    }),
  );
});

test('what is no stretch adds nothing', () => {
  const bins = timeBins(10);
  for (const to of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) bins.add({ from: 0, to }, 1);
  expect(bins.rates()).toEqual([]);
});
