import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  leastKeptLogprob,
  type RejectionSizes,
  rejectionRule,
} from '#toedit/src/inference/worker/rejection-rule';

const sizes: RejectionSizes = { hidden: 8, headSum: 64, subsetSum: 32 };
const logThreshold = Math.fround(Math.log(0.99));
const finite = fc.double({ min: -500, max: 500, noNaN: true });
const norm = fc.double({ min: 0, max: 1e4, noNaN: true });

/** log P by the bound alone, without rounding; of a distance that `exp` can take. */
function bound(logSum: number, targetLogit: number): number {
  return -Math.log1p(Math.exp(logSum - targetLogit));
}

/** Logprobs below it are omitted. */
const line = leastKeptLogprob(logThreshold);

describe('rejectionRule', () => {
  test('rejects nothing whose exact bound is not omitted', () => {
    const property = fc.property(finite, finite, norm, norm, (targetLogit, logSum, a, b) => {
      const row = { targetLogit, logSum, hiddenNorm: a, weightNorm: b };
      const isRejected = rejectionRule(sizes, logThreshold)(row);
      if (isRejected) {
        expect(bound(logSum, targetLogit)).toBeLessThan(line);
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test('keeps a bound at the line, rejects one that no rounding brings there', () => {
    const property = fc.property(norm, finite, (size, targetLogit) => {
      const row = { targetLogit, hiddenNorm: size / 100, weightNorm: 1 };
      const at = (logprob: number) => targetLogit + Math.log(Math.expm1(-logprob));
      const isRejected = rejectionRule(sizes, logThreshold);
      expect(isRejected({ ...row, logSum: at(line) })).toBe(false);
      expect(isRejected({ ...row, logSum: at(line - 0.01) })).toBe(true);
    });
    fc.assert(property);
  });

  test('keeps logits so large that their rounding is more than their distance', () => {
    const row = { targetLogit: 1e18, logSum: 1e18 + 1e12, hiddenNorm: 1, weightNorm: 1 };
    expect(rejectionRule(sizes, logThreshold)(row)).toBe(false);
  });

  test('rejects what is far below', () => {
    const row = { targetLogit: -2, logSum: 9, hiddenNorm: 20, weightNorm: 3 };
    expect(rejectionRule(sizes, logThreshold)(row)).toBe(true);
  });

  test('keeps what rounding may have brought below', () => {
    const row = { targetLogit: 3, logSum: 3, hiddenNorm: 1, weightNorm: 1 };
    const isRejected = rejectionRule(sizes, logThreshold);
    expect(isRejected(row)).toBe(true);
    expect(isRejected({ ...row, hiddenNorm: 1e7 })).toBe(false);
    expect(isRejected({ ...row, targetLogit: 1e7, logSum: 1e7 })).toBe(false);
  });

  test.each([
    { targetLogit: Number.NaN },
    { logSum: Number.NaN },
    { logSum: Number.POSITIVE_INFINITY },
    { targetLogit: Number.NEGATIVE_INFINITY },
    { hiddenNorm: Number.POSITIVE_INFINITY },
    { weightNorm: Number.NaN },
  ])('keeps what is no finite number: %o', (part) => {
    const row = { targetLogit: -2, logSum: 9, hiddenNorm: 20, weightNorm: 3, ...part };
    expect(rejectionRule(sizes, logThreshold)(row)).toBe(false);
  });

  test.each([-20, Number.NEGATIVE_INFINITY, Number.NaN])('rejects nothing at %d', (limit) => {
    const row = { targetLogit: -200, logSum: 200, hiddenNorm: 1, weightNorm: 1 };
    expect(rejectionRule(sizes, limit)(row)).toBe(false);
  });

  test('rejects whatever is a number where no logprob is eligible', () => {
    const isRejected = rejectionRule(sizes, Number.POSITIVE_INFINITY);
    const row = { targetLogit: 200, logSum: -200, hiddenNorm: 1, weightNorm: 1 };
    expect(isRejected(row)).toBe(true);
    expect(isRejected({ ...row, logSum: Number.NaN })).toBe(false);
  });
});
