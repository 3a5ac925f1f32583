import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantiseColumns } from '#toedit/src/quantisation/rewrite-layers';

/** No subnormal numbers, whose steps are too coarse. */
const size = fc
  .float({ noNaN: true, min: Math.fround(-1e37), max: Math.fround(1e37) })
  .map((value) => (Math.abs(value) < 1e-30 ? 0 : value));

/** A matrix, row by row. */
const matrix = fc
  .record({ inputs: fc.integer({ min: 1, max: 9 }), outputs: fc.integer({ min: 1, max: 5 }) })
  .chain(({ inputs, outputs }) =>
    fc
      .array(size, { minLength: inputs * outputs, maxLength: inputs * outputs })
      .map((values) => ({ weights: Float32Array.from(values), outputs })),
  );

function column(weights: ArrayLike<number>, outputs: number, index: number): number[] {
  return Array.from(weights).filter((_, i) => i % outputs === index);
}

function dequantised(weights: Float32Array, outputs: number): Float32Array {
  const { codes, scales } = quantiseColumns(weights, outputs);
  return Float32Array.from(codes, (code, i) => code * (scales[i % outputs] ?? Number.NaN));
}

test('each weight is within half a step of its code, and the largest of a column is 127', () => {
  fc.assert(
    fc.property(matrix, ({ weights, outputs }) => {
      const { codes, scales } = quantiseColumns(weights, outputs);
      expect(codes).toHaveLength(weights.length);
      expect(scales).toHaveLength(outputs);
      codes.forEach((code, i) => {
        const scale = scales[i % outputs] ?? Number.NaN;
        const error = Math.abs((weights[i] ?? Number.NaN) - code * scale);
        // The scale is rounded to float32.
        expect(error).toBeLessThanOrEqual((scale / 2) * (1 + 2 ** -16));
      });
      scales.forEach((scale, i) => {
        const isZero = column(weights, outputs, i).every((value) => value === 0);
        const largest = Math.max(...column(codes, outputs, i).map(Math.abs));
        expect([largest, scale === 1 || !isZero]).toEqual([isZero ? 0 : 127, true]);
      });
    }),
  );
});

test('what is quantised already keeps its codes', () => {
  fc.assert(
    fc.property(matrix, ({ weights, outputs }) => {
      const before = quantiseColumns(weights, outputs);
      const after = quantiseColumns(dequantised(weights, outputs), outputs);
      expect(after.codes).toEqual(before.codes);
      after.scales.forEach((scale, i) => {
        expect(Math.abs(scale / (before.scales[i] ?? Number.NaN) - 1)).toBeLessThanOrEqual(
          2 ** -23,
        );
      });
    }),
  );
});

test('columns do not depend on each other', () => {
  fc.assert(
    fc.property(matrix, ({ weights, outputs }) => {
      const { codes, scales } = quantiseColumns(weights, outputs);
      for (let i = 0; i < outputs; i++) {
        const alone = quantiseColumns(Float32Array.from(column(weights, outputs, i)), 1);
        expect([...alone.codes]).toEqual(column(codes, outputs, i));
        expect(alone.scales[0]).toBe(scales[i]);
      }
    }),
  );
});

test('ties are rounded to even, and numbers too small to divide become zeros', () => {
  const { codes, scales } = quantiseColumns(Float32Array.of(127, 0.5, 1.5, -2.5, -0.5), 1);
  expect([[...codes], [...scales]]).toEqual([[127, 0, 2, -2, 0], [1]]);
  const smallest = quantiseColumns(Float32Array.of(2 ** -149, 0, -(2 ** -149)), 1);
  expect([[...smallest.codes], [...smallest.scales]]).toEqual([[0, 0, 0], [1]]);
});
