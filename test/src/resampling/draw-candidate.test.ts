import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uniformDraw } from '#toedit/src/random/uniform-draw';
import { candidateDraw, type DrawRule } from '#toedit/src/resampling/draw-candidate';

const plain: DrawRule = { topK: 8, topP: 1, temperature: 1, excludeOriginal: false };

const rules: fc.Arbitrary<DrawRule> = fc.record({
  topK: fc.integer({ min: 1, max: 10 }),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 0.01, max: 1, noNaN: true })),
  temperature: fc.double({ min: 0.05, max: 5, noNaN: true }),
  excludeOriginal: fc.boolean(),
});

/** Ids with probabilities that sum to 1 at most; several are equal often, so ties happen. */
const distributions = fc
  .uniqueArray(fc.tuple(fc.nat({ max: 99 }), fc.integer({ min: 1, max: 5 })), {
    selector: ([id]) => id,
    minLength: 1,
    maxLength: 10,
  })
  .map((list) => {
    const total = list.reduce((sum, [, weight]) => sum + weight, 0);
    return list.map(([id, weight]) => ({ id, logprob: Math.fround(Math.log(weight / total)) }));
  });

type Distribution = readonly { readonly id: number; readonly logprob: number }[];

function candidatesOf(list: Distribution) {
  return {
    ids: Int32Array.from(list, ({ id }) => id),
    logprobs: Float32Array.from(list, ({ logprob }) => logprob),
  };
}

/** The exact probability of each id under a rule, by the definition in docs/algorithm.md. */
function exactly(rule: DrawRule, list: Distribution, originalId: number): Map<number, number> {
  let kept = [...list]
    .sort((a, b) => b.logprob - a.logprob || a.id - b.id)
    .slice(0, rule.topK)
    .filter(({ logprob }) => logprob > Number.NEGATIVE_INFINITY);
  if (rule.topP < 1) {
    let mass = 0;
    kept = kept.filter(({ logprob }) => {
      const isKept = mass < rule.topP;
      mass += Math.exp(logprob);
      return isKept;
    });
  }
  if (rule.excludeOriginal) kept = kept.filter(({ id }) => id !== originalId);
  const weights = kept.map(({ logprob }) => Math.exp(logprob / rule.temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return new Map(kept.map(({ id }, index) => [id, (weights[index] ?? 0) / total]));
}

describe('candidateDraw', () => {
  test('inverts the exact distribution function, whatever the order of the candidates', () => {
    const uniforms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const shuffled = distributions.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.constantFrom(...list),
      ),
    );
    fc.assert(
      fc.property(rules, shuffled, uniforms, (rule, [list, order, original], uniform) => {
        const drawn = candidateDraw(rule)(candidatesOf(list), original.id, uniform);
        expect(candidateDraw(rule)(candidatesOf(order), original.id, uniform)).toBe(drawn);
        const exact = exactly(rule, list, original.id);
        expect(exact.has(drawn)).toBe(exact.size > 0);
        if (exact.size === 0) expect(drawn).toBe(-1);
        let below = 0;
        for (const [id, probability] of exact) {
          if (id === drawn) {
            expect(uniform).toBeGreaterThan(below - 1e-9);
            expect(uniform).toBeLessThan(below + probability + 1e-9);
          }
          below += probability;
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test.each<[string, Partial<DrawRule>]>([
    ['plain', {}],
    ['hot', { temperature: 1.5 }],
    ['cold', { temperature: 0.5 }],
    ['few', { topK: 3 }],
    ['nucleus', { topP: 0.9 }],
    ['without the original', { excludeOriginal: true }],
    ['all at once', { topK: 5, topP: 0.97, temperature: 1.5, excludeOriginal: true }],
  ])('draws in the exact proportions: %s (chi-square, 50,000 draws)', (_, override) => {
    const rule = { ...plain, ...override };
    const probabilities = [0.6, 0.2, 0.08, 0.05, 0.03, 0.02, 0.01, 0.005];
    const list = probabilities.map((p, id) => ({ id, logprob: Math.fround(Math.log(p)) }));
    const draw = candidateDraw(rule);
    const uniform = uniformDraw(1n);
    const counts = new Map<number, number>();
    for (let position = 0; position < 50_000; position++) {
      const id = draw(candidatesOf(list), 0, uniform({ low: 5, high: 0 }, position));
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const exact = exactly(rule, list, 0);
    let chiSquare = 0;
    for (const [id, probability] of exact) {
      chiSquare += ((counts.get(id) ?? 0) - 50_000 * probability) ** 2 / (50_000 * probability);
    }
    expect([...counts.keys()].every((id) => exact.has(id))).toBe(true);
    // The 0.999 quantile of chi-square with 7 degrees of freedom; with fewer it is smaller.
    expect(chiSquare).toBeLessThan(24.33);
    expect(exact.size).toBeGreaterThan(1);
  });

  test('a nucleus of 0.99 at P >= 0.99 leaves the original alone', () => {
    const list = [0.991, 0.005, 0.003].map((p, id) => ({ id, logprob: Math.log(p) }));
    const draw = candidateDraw({ ...plain, topP: 0.99 });
    expect(draw(candidatesOf(list), 0, 1 - 2 ** -53)).toBe(0);
    expect(candidateDraw(plain)(candidatesOf(list), 0, 1 - 2 ** -53)).toBe(2);
  });

  test('a number on the border between two candidates draws the second', () => {
    const list = [0.5, 0.5].map((p, id) => ({ id, logprob: Math.log(p) }));
    const at = (uniform: number): number => candidateDraw(plain)(candidatesOf(list), 0, uniform);
    expect([0, 0.5 - 2 ** -53, 0.5].map(at)).toEqual([0, 0, 1]);
  });

  test('leaves nothing where the original was the only candidate', () => {
    const draw = candidateDraw({ ...plain, topK: 1, excludeOriginal: true });
    expect(draw(candidatesOf([{ id: 4, logprob: -0.001 }]), 4, 0.5)).toBe(-1);
  });

  test('never draws a token of probability 0', () => {
    const list = [
      { id: 1, logprob: -0.001 },
      { id: 2, logprob: Number.NEGATIVE_INFINITY },
      { id: 3, logprob: Number.NaN },
    ];
    expect(candidateDraw(plain)(candidatesOf(list), 0, 1 - 2 ** -53)).toBe(1);
  });

  test('holds at the coldest and hottest temperatures', () => {
    const list = [0.9, 0.1].map((p, id) => ({ id, logprob: Math.log(p) }));
    const at = (temperature: number, uniform: number): number =>
      candidateDraw({ ...plain, temperature })(candidatesOf(list), 0, uniform);
    expect(at(1e-300, 0.999)).toBe(0);
    expect(at(1e300, 0.499)).toBe(0);
    expect(at(1e300, 0.501)).toBe(1);
  });
});
