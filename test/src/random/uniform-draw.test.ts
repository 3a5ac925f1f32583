import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { philox4x32 } from '#toedit/src/random/philox';
import { uniformDraw } from '#toedit/src/random/uniform-draw';

const word = fc.integer({ min: 0, max: 0xffffffff });
const seed = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('uniformDraw', () => {
  test('is 53 bits of the generator at (document key, position, 0), in [0, 1)', () => {
    fc.assert(
      fc.property(seed, word, word, fc.nat(), (seedValue, low, high, position) => {
        const words = new Uint32Array(4);
        philox4x32(
          Uint32Array.of(low, high, position, 0),
          Uint32Array.of(Number(seedValue & 0xffffffffn), Number(seedValue >> 32n)),
          words,
        );
        const bits = (BigInt(words[0] ?? 0) >> 5n) * 2n ** 26n + (BigInt(words[1] ?? 0) >> 6n);
        const value = uniformDraw(seedValue)({ low, high }, position);
        expect(BigInt(value * 2 ** 53)).toBe(bits);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
      }),
      { numRuns: 1_000 },
    );
  });

  test('does not depend on what was drawn before', () => {
    const draw = uniformDraw(7n);
    const first = draw({ low: 1, high: 2 }, 3);
    draw({ low: 9, high: 9 }, 9);
    expect(draw({ low: 1, high: 2 }, 3)).toBe(first);
  });

  test('spreads evenly over ten bins: chi-square over 100,000 positions', () => {
    const draw = uniformDraw(0n);
    const counts = new Float64Array(10);
    for (let position = 0; position < 100_000; position++) {
      const bin = Math.floor(draw({ low: 0, high: 0 }, position) * 10);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(27.88); // 9 degrees of freedom, p = 0.001
  });

  test.each([-1n, 2n ** 64n])('refuses the seed %s', (value) => {
    expect(() => uniformDraw(value)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: `seed is ${value}: choose a whole number from 0 to 18446744073709551615`,
      }),
    );
  });
});
