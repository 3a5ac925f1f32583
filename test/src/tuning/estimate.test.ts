import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateOf, requireEstimate } from '#toedit/src/tuning/estimate';
import type { MeasuredPasses } from '#toedit/src/tuning/tune-batching';

const measured: MeasuredPasses = {
  passes: [
    { tokens: 64, milliseconds: 64, spread: 0 },
    { tokens: 128, milliseconds: 64, spread: 0 },
  ],
  end: 'level',
};

test('hours and price grow with the tokens, and shrink with the engines', () => {
  const numbers = fc.tuple(fc.integer({ min: 1 }), fc.integer({ min: 1, max: 9 }), fc.nat(100));
  fc.assert(
    fc.property(numbers, ([tokens, engines, pricePerHour]) => {
      const estimate = estimateOf(measured, engines, { tokens, pricePerHour });
      const hours = tokens / (2000 * engines) / 3600;
      expect(estimate.tokensPerSecond).toBe(2000 * engines);
      expect(estimate.hours).toBeCloseTo(hours, 9);
      expect(estimate.price).toBeCloseTo(hours * pricePerHour, 6);
    }),
  );
});

test('without tokens there is the rate alone', () => {
  expect(estimateOf(measured, 1)).toEqual({
    ...{ tokensPerSecond: 2000, tokens: null, hours: null, price: null },
  });
});

test.each([
  [{ tokens: 0 }, /^tokens is 0: give how many/],
  [{ tokens: Number.NaN }, /^tokens is NaN/],
  [{ tokens: 1, pricePerHour: -1 }, /^pricePerHour is -1/],
  [{ pricePerHour: 2 }, /give --tokens, too/],
])('refuses %j', (request, message) => {
  expect(() => {
    requireEstimate(request);
  }).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(message) }),
  );
});
