import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sweepCounter } from '#toedit/src/resampling/expected-edits';
import { tokenBytesOf } from '#toedit/src/text/token-bytes';

/** Letters, then halves of a two-byte character; the last is special. */
const tokenBytes = tokenBytesOf(
  ['a', 'b', 'c', 'd', 'e', 'f']
    .map((letter) => Buffer.from(letter))
    .concat([Buffer.from([0xc3]), Buffer.from([0xa9]), Buffer.from('</s>')]),
  [8],
);
const letters = 6;

interface MadeToken {
  readonly id: number;
  /** Probabilities of the letters, in their order; of the token itself where it is one. */
  readonly weights: readonly number[];
}

const madeToken = fc.record({
  id: fc.integer({ min: 0, max: letters - 1 }),
  weights: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: letters, maxLength: letters }),
});

function rowOf(tokens: readonly MadeToken[]) {
  const candidates = tokens.map(({ weights }) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const all = weights.map((weight, id) => ({
      id,
      logprob: Math.fround(Math.log(weight / total)),
    }));
    const sorted = all.toSorted((a, b) => b.logprob - a.logprob || a.id - b.id);
    return {
      ids: Int32Array.from(sorted, ({ id }) => id),
      logprobs: Float32Array.from(sorted, ({ logprob }) => logprob),
    };
  });
  return {
    tokenIds: Int32Array.from(tokens, ({ id }) => id),
    logprobs: Float32Array.from(tokens, ({ id }, at) => {
      const index = candidates[at]?.ids.indexOf(id) ?? -1;
      return candidates[at]?.logprobs[index] ?? Number.NaN;
    }),
    positions: Int32Array.from(tokens.keys()),
    candidates: (index: number) =>
      candidates[index] ?? { ids: new Int32Array(), logprobs: new Float32Array() },
    place: {},
  };
}

test('what is expected is the sum over all that can be drawn', () => {
  const setting = fc.record({
    threshold: fc.constantFrom(0.05, 0.2, 0.5),
    temperature: fc.constantFrom(0.5, 1, 3),
    topK: fc.integer({ min: 1, max: letters }),
    excludeOriginal: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(madeToken, { maxLength: 20 }), setting, (tokens, rule) => {
      const row = rowOf(tokens);
      const counter = sweepCounter(tokenBytes, [rule]);
      counter.add(row);
      let [eligible, changed, logprobChange] = [0, 0, 0];
      tokens.forEach(({ id }, at) => {
        const own = row.logprobs[at] ?? 0;
        if (own < Math.fround(Math.log(rule.threshold))) return;
        eligible++;
        const { ids, logprobs } = row.candidates(at);
        const pool = Array.from(ids, (candidate, i) => ({ candidate, logprob: logprobs[i] ?? 0 }))
          .slice(0, rule.topK)
          .filter(({ candidate }) => !rule.excludeOriginal || candidate !== id);
        const weights = pool.map(({ logprob }) => Math.exp(logprob / rule.temperature));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        pool.forEach(({ candidate, logprob }, i) => {
          if (candidate === id) return;
          changed += (weights[i] ?? 0) / total;
          logprobChange += ((weights[i] ?? 0) / total) * (logprob - own);
        });
      });
      const [expected] = counter.expected;
      expect(expected?.eligible).toBe(eligible);
      expect(expected?.changed).toBeCloseTo(changed, 9);
      expect(expected?.logprobChange).toBeCloseTo(logprobChange, 9);
      expect(expected?.refused).toBe(0);
      const moved = [...(expected?.histogramChange ?? [])].reduce((sum, change) => sum + change, 0);
      expect(moved).toBeCloseTo(0, 9);
      expect(counter.tokens).toBe(tokens.length);
    }),
  );
});

test('draws that would break UTF-8, or are special tokens, are expected to be refused', () => {
  const candidates = { ids: Int32Array.of(0, 6, 8), logprobs: Float32Array.of(-0.1, -3, -4) };
  const counter = sweepCounter(tokenBytes, [
    { threshold: 0.5, temperature: 1, topK: 8, excludeOriginal: true },
  ]);
  counter.add({
    tokenIds: Int32Array.of(0),
    logprobs: Float32Array.of(-0.1),
    positions: Int32Array.of(0),
    candidates: () => candidates,
    place: {},
  });
  expect(counter.expected[0]).toMatchObject({ eligible: 1, changed: 0, logprobChange: 0 });
  expect(counter.expected[0]?.refused).toBeCloseTo(1, 12);
});
