import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frequentTokens } from '#toedit/src/inference/worker/early-exit';
import { weightCache } from '#toedit/src/inference/worker/weight-cache';

const hidden = 2;

/** The made-up weights of a token. */
function weightsOf(id: number): number[] {
  return [3 * id, 4 * id];
}

describe('weightCache', () => {
  test('has the rows of the last load, fetched once as long as there is room', async () => {
    const loads = fc.array(fc.array(fc.nat(2999), { minLength: 1, maxLength: 900 }), {
      maxLength: 8,
    });
    const property = fc.asyncProperty(loads, async (lists) => {
      const fetched: number[] = [];
      const cache = weightCache({
        ...{ hidden, vocabularySize: 3000, bytes: 0 },
        fetch: (ids) => {
          fetched.push(...ids);
          return Promise.resolve(Float32Array.from([...ids].flatMap(weightsOf)));
        },
      });
      expect(cache.capacity).toBe(1024);
      for (const ids of lists) {
        await cache.load(Int32Array.from(ids));
        for (const id of ids) {
          expect([...cache.row(id)]).toEqual(weightsOf(id));
          expect(cache.norm(id)).toBe(5 * id);
        }
      }
      const distinct = new Set(lists.flat()).size;
      if (distinct <= cache.capacity) expect(fetched).toHaveLength(distinct);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

describe('frequentTokens', () => {
  test('takes the most frequent, then the lowest ids, each once', () => {
    const frequent = frequentTokens(6);
    expect(frequent.isDue()).toBe(true);
    frequent.add(Int32Array.of(4, 2, 4));
    expect([...frequent.take(4)]).toEqual([4, 2, 0, 1]);
    expect(frequent.isDue()).toBe(false);
    frequent.add(Int32Array.of(5, 5, 5));
    expect(frequent.isDue()).toBe(true);
    expect([...frequent.take(3)]).toEqual([5, 4, 2]);
    expect([...frequent.take(9)]).toEqual([5, 4, 2, 0, 1, 3]);
  });
});
