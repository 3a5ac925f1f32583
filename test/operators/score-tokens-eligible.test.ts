import { afterAll, beforeAll, expect, test } from 'vitest';
import { meter } from '#toedit/operators/meter';
import { resampleTokens } from '#toedit/operators/resample-tokens';
import { scoreTokens } from '#toedit/operators/score-tokens';
import { tokenize } from '#toedit/operators/tokenize';
import { noteOf } from '#toedit/src/journal/note';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { emptyTotals, parseTotals } from '#toedit/src/report/run-totals';
import { tinyGolden } from '../golden-texts.ts';
import { root } from '../sandbox.ts';
import { scoresOf, scoreTexts } from '../score-texts.ts';
import { collect, countedSource, numbered, textBatch } from './text-batch.ts';

let prior: Prior;
beforeAll(async () => {
  prior = await loadPrior(`${root}models/tiny`);
});
afterAll(() => prior.close());

const texts = [...tinyGolden.slice(0, 8).map(({ text }) => text.slice(0, 1500)), '', 'a', null];

test.each([0.99, 0.5, 0.05, 1])('decides as with all scores at %d', async (threshold) => {
  for (const inclusive of [true, false]) {
    const all = await scoreTexts(prior, texts, { threshold, inclusive });
    const scored = await scoreTexts(prior, texts, { threshold, inclusive, scores: 'eligible' });
    expect(scored.map(({ candidates }) => candidates)).toEqual(
      all.map(({ candidates }) => candidates),
    );
    scored.forEach(({ logprobs }, row) => {
      logprobs?.forEach((logprob, at) => {
        const exact = all[row]?.logprobs?.[at] ?? Number.NaN;
        if (logprob !== null) expect(logprob).toBe(exact);
        else if (at > 0) expect(exact).toBeLessThan(Math.log(threshold) - 0.049);
      });
    });
    const left = scored.flatMap(({ logprobs }) => logprobs ?? []).filter((l) => l !== null);
    const tokens = all.flatMap(({ logprobs }) => logprobs ?? []).length;
    // No token is above 1: then there is no threshold to reject by.
    if (threshold < 1 || inclusive) expect(left.length).toBeLessThan(tokens / 2);
  }
});

test('computes all scores where there is no threshold', async () => {
  const options = { threshold: null };
  expect(await scoreTexts(prior, texts, { ...options, scores: 'eligible' })).toEqual(
    await scoreTexts(prior, texts, options),
  );
});

test('rejected tokens are counted, and none is taken for improbable', async () => {
  const source = countedSource([textBatch(numbered(texts))]).source;
  const totals = emptyTotals();
  const scored = scoreTokens(prior, { scores: 'eligible' })(tokenize(prior)(source));
  const [batch] = await collect(meter(totals)(scored));
  if (batch === undefined) throw new Error('there is no batch');
  const rows = texts.map((_, row) => scoresOf(batch, row).logprobs ?? []);
  const nulls = rows.flatMap((logprobs) => logprobs.slice(1)).filter((l) => l === null).length;
  expect(totals.rejectedTokens).toBe(nulls);
  expect(totals.scoredTokens + nulls).toBe(rows.flatMap((logprobs) => logprobs.slice(1)).length);
  expect(parseTotals(noteOf(batch.metadata) ?? '').rejectedTokens).toBe(nulls);
  const deleting = resampleTokens(prior, { dropBelow: 0.001 })(countedSource([batch]).source);
  await expect(collect(deleting)).rejects.toMatchObject({ code: 'BAD_OPTION' });
});
