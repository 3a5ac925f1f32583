import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smoothingScales } from '#toedit/src/quantisation/smooth';

const size = fc.float({ noNaN: true, min: Math.fround(1e-12), max: Math.fround(1e12) });
const alpha = fc.double({ noNaN: true, min: 0, max: 1 });
const channels = fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 20 }).map((pairs) => ({
  activations: Float32Array.from(pairs, ([activation]) => activation),
  weights: Float32Array.from(pairs, ([, weight]) => weight),
}));

test('the largest product of each channel stays, shared out by alpha', () => {
  fc.assert(
    fc.property(channels, alpha, (maxima, share) => {
      smoothingScales(maxima, share).forEach((scale, i) => {
        const [x = 0, w = 0] = [maxima.activations[i], maxima.weights[i]];
        expect(x / scale / (x * w) ** (1 - share)).toBeCloseTo(1, 5);
        expect((w * scale) / (x * w) ** share).toBeCloseTo(1, 5);
      });
    }),
  );
});

test('half and half makes both sides equal; all to one side makes the other 1', () => {
  fc.assert(
    fc.property(channels, (maxima) => {
      const scales = [0, 0.5, 1].map((share) => smoothingScales(maxima, share));
      const [none, half, all] = scales.map((each) => each[0] ?? Number.NaN);
      const [x = 0, w = 0] = [maxima.activations[0], maxima.weights[0]];
      expect((none ?? 0) * w).toBeCloseTo(1, 5);
      expect(x / (half ?? 0) / (w * (half ?? 0))).toBeCloseTo(1, 5);
      expect(x / (all ?? 0)).toBeCloseTo(1, 5);
    }),
  );
});

test('a channel without activations or weights stays as it is', () => {
  const maxima = { activations: Float32Array.of(0, 3, 0), weights: Float32Array.of(2, 0, 0) };
  expect([...smoothingScales(maxima, 0.5)]).toEqual([1, 1, 1]);
});
