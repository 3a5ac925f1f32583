import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logWeightBins } from '#toedit/src/analysis/importance';

const weight = fc.oneof(
  { weight: 7, arbitrary: fc.double({ min: -1e5, max: 1e5, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -99, max: 99 }).map((each) => each * 5e-324) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);
const file = fc
  .array(fc.tuple(weight, fc.double({ min: -10, max: 10, noNaN: true })))
  .map((rows) => ({
    logWeights: Float64Array.from(rows, ([each]) => each),
    keys: Float64Array.from(rows, ([each, noise]) => each + noise),
  }));

test('every row with a weight is in the bin that its weight lies in, selected or not', () => {
  fc.assert(
    fc.property(fc.array(file), fc.double({ min: -1e5, max: 1e5, noNaN: true }), (files, least) => {
      const { from, binWidth, candidates, selected } = logWeightBins(files, least);
      const rows = files.flatMap(({ logWeights, keys }) =>
        [...logWeights].flatMap((each, row) =>
          Number.isNaN(each) ? [] : [{ each, isSelected: (keys[row] ?? 0) >= least }],
        ),
      );
      const sumOf = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
      expect(sumOf(candidates)).toBe(rows.length);
      expect(sumOf(selected)).toBe(rows.filter(({ isSelected }) => isSelected).length);
      expect(candidates.length).toBeLessThanOrEqual(48);
      for (const { each } of rows) {
        expect(each).toBeGreaterThanOrEqual(from);
        expect(each).toBeLessThanOrEqual(from + binWidth * candidates.length * (1 + 1e-9) + 1e-9);
      }
      selected.forEach((count, bin) => {
        expect(count).toBeLessThanOrEqual(candidates[bin] ?? 0);
      });
    }),
  );
});
