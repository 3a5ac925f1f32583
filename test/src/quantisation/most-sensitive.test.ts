import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Layer, Projection } from '#toedit/src/quantisation/layer';
import { mostSensitive, workOf } from '#toedit/src/quantisation/measure-sensitivities';

function layerOf(name: string, sizes: readonly (readonly [number, number])[]): Layer {
  const projections = sizes.map(([inputs, outputs]) => ({ inputs, outputs }) as Projection);
  return { name, input: name, inputs: sizes[0]?.[0] ?? 0, projections, fold: null };
}

const sensitivities = fc
  .array(
    fc.record({
      error: fc.oneof(fc.constant(0), fc.double({ noNaN: true, min: 1e-30, max: 10 })),
      width: fc.integer({ min: 1, max: 100 }),
    }),
    { maxLength: 20 },
  )
  .map(
    (layers) =>
      new Map(layers.map(({ error, width }, i) => [layerOf(`${i}`, [[8, width]]), error])),
  );
const share = fc.double({ noNaN: true, min: 0, max: 1 });

test('all of the error keeps no layer in float32, none of it keeps all', () => {
  fc.assert(
    fc.property(sensitivities, (errors) => {
      expect(mostSensitive(errors, 1).size).toBe(0);
      expect(mostSensitive(errors, 0)).toEqual(new Set(errors.keys()));
    }),
  );
});

test('a smaller share keeps the layers of a larger one, and maybe more', () => {
  fc.assert(
    fc.property(sensitivities, share, share, (errors, a, b) => {
      const few = mostSensitive(errors, Math.max(a, b));
      const many = mostSensitive(errors, Math.min(a, b));
      for (const layer of few) expect(many.has(layer)).toBe(true);
    }),
  );
});

test('no more error is left than the share', () => {
  fc.assert(
    fc.property(sensitivities, share, (errors, most) => {
      const kept = mostSensitive(errors, most);
      const sum = (layers: readonly Layer[]) =>
        layers.reduce((total, layer) => total + (errors.get(layer) ?? 0), 0);
      const all = sum([...errors.keys()]);
      const left = sum([...errors.keys()].filter((layer) => !kept.has(layer)));
      expect(left).toBeLessThanOrEqual(most * all + 1e-12 * all);
    }),
  );
});

test('layers that cost little work come before those that cost much, for the same error', () => {
  const small = layerOf('small', [[8, 8]]);
  const large = layerOf('large', [
    [8, 8],
    [8, 24],
  ]);
  expect([small, large].map(workOf)).toEqual([64, 256]);
  const errors = new Map([
    [large, 1],
    [small, 1],
  ]);
  expect([...mostSensitive(errors, 0.5)]).toEqual([small]);
});
