import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { meter } from '#toedit/operators/meter';
import { resampleTokens } from '#toedit/operators/resample-tokens';
import { scoreTokens } from '#toedit/operators/score-tokens';
import { tokenize } from '#toedit/operators/tokenize';
import { countsOf, emptyTotals } from '#toedit/src/metrics/totals';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { leastLogprob } from '#toedit/src/resampling/resampling-options';
import { tinyGolden } from '../golden-texts.ts';
import { root } from '../sandbox.ts';
import { scoresOf, scoreTexts, type TextScores } from '../score-texts.ts';
import { collect, countedSource, numbered, textBatch } from './text-batch.ts';

let prior: Prior;
beforeAll(async () => {
  prior = await loadPrior(`${root}models/tiny`);
});
afterAll(() => prior.close());

const texts = [...tinyGolden.slice(0, 8).map(({ text }) => text.slice(0, 800)), '', 'a', null];

/** All scores, without those that are to be omitted. */
async function omitted(rule: { threshold: number; inclusive: boolean }): Promise<TextScores[]> {
  const all = await scoreTexts(prior, texts, rule);
  const least = leastLogprob(rule.threshold, rule.inclusive) - 0.05;
  const keep = (logprob: number | null) => (logprob !== null && logprob < least ? null : logprob);
  return all.map((text) => ({ ...text, logprobs: text.logprobs?.map(keep) ?? null }));
}

// What is rejected depends on what ran before: these share a prior, and come in another order each.
test.each([0.99, 0.5, 1])(
  'leaves out what is clearly below %d, and nothing else, in any order',
  { timeout: 240_000 },
  async (threshold) => {
    for (const inclusive of [true, false]) {
      const expected = await omitted({ threshold, inclusive });
      const isOmitted = (l: number | null, at: number) => at > 0 && l === null;
      expect(expected.some(({ logprobs }) => logprobs?.some(isOmitted))).toBe(true);
      const orders = fc.shuffledSubarray([...texts.keys()], { minLength: 1 });
      const sizes = fc.record({
        batchRows: fc.constantFrom(1, 3, 20),
        maxBatchTokens: fc.constantFrom(1, 300, 1024),
      });
      const property = fc.asyncProperty(orders, sizes, async (order, size) => {
        const options = { ...size, threshold, inclusive, scores: 'eligible' } as const;
        const some = order.map((row) => texts[row] ?? null);
        const scored = await scoreTexts(prior, some, options);
        expect(scored).toEqual(order.map((row) => expected[row]));
      });
      await fc.assert(property, { numRuns: 4 });
    }
  },
);

test('computes all scores where there is no threshold', async () => {
  const options = { threshold: null };
  expect(await scoreTexts(prior, texts, { ...options, scores: 'eligible' })).toEqual(
    await scoreTexts(prior, texts, options),
  );
});

test('omitted logprobs are counted, and no token is taken for improbable', async () => {
  const source = countedSource([textBatch(numbered(texts))]).source;
  const totals = emptyTotals();
  const scored = scoreTokens(prior, { scores: 'eligible' })(tokenize(prior)(source));
  const [batch] = await collect(meter(totals)(scored));
  if (batch === undefined) throw new Error('there is no batch');
  const rows = texts.map((_, row) => scoresOf(batch, row).logprobs ?? []);
  const nulls = rows.flatMap((logprobs) => logprobs.slice(1)).filter((l) => l === null).length;
  expect(totals.omittedLogprobs).toBe(nulls);
  expect(totals.scoredTokens + nulls).toBe(rows.flatMap((logprobs) => logprobs.slice(1)).length);
  expect(countsOf(batch)?.omittedLogprobs).toBe(nulls);
  const deleting = resampleTokens(prior, { dropBelow: 0.001 })(countedSource([batch]).source);
  await expect(collect(deleting)).rejects.toMatchObject({ code: 'BAD_OPTION' });
});
