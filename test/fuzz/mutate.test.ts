import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mutate, mutationKinds } from '#toedit/benchmarks/fuzz/mutate';
import { seededRandom } from '#toedit/benchmarks/kills/seeded-random';

const files = fc.uint8Array({ minLength: 2, maxLength: 3000 });
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('a mutant differs from its file, which stays as it is, and its length is bounded', () => {
  fc.assert(
    fc.property(files, seeds, (bytes, seed) => {
      const copy = Uint8Array.from(bytes);
      const { kind, bytes: mutant } = mutate(bytes, seededRandom(seed));
      expect(bytes).toEqual(copy);
      expect(Buffer.compare(mutant, bytes)).not.toBe(0);
      expect(mutant.length).toBeGreaterThan(0);
      expect(mutant.length).toBeLessThanOrEqual(Math.ceil(bytes.length * 1.5));
      if (kind === 'truncation')
        expect(mutant).toEqual(Buffer.from(bytes.subarray(0, mutant.length)));
      if (kind === 'swapped chunks') expect([...mutant].sort()).toEqual([...bytes].sort());
    }),
  );
});

test('a seed gives its mutant again', () => {
  fc.assert(
    fc.property(files, seeds, (bytes, seed) => {
      expect(mutate(bytes, seededRandom(seed))).toEqual(mutate(bytes, seededRandom(seed)));
    }),
  );
});

test('every kind comes up', () => {
  const bytes = Uint8Array.from({ length: 500 }, (_, index) => index);
  const kinds = Array.from({ length: 300 }, (_, seed) => mutate(bytes, seededRandom(seed)).kind);
  expect([...new Set(kinds)].sort()).toEqual([...mutationKinds].sort());
});
