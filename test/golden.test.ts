import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { expectGolden, meanError, regroupings, scoreOtherwise } from './expect-golden.ts';
import { sharedGolden, tinyGolden } from './golden-texts.ts';
import { root } from './sandbox.ts';
import { scoreTexts, type TextScores } from './score-texts.ts';

describe('tiny', () => {
  let prior: Prior;
  let scores: TextScores[];
  beforeAll(async () => {
    prior = await loadPrior(`${root}models/tiny`);
    scores = await scoreTexts(
      prior,
      tinyGolden.map(({ text }) => text),
    );
  });
  afterAll(() => prior.close());

  test.each(tinyGolden.map((golden, i) => ({ name: golden.name, golden, i })))(
    '$name',
    ({ golden, i }) => expectGolden(scores[i] as TextScores, golden),
  );

  test('mean error', () => {
    expect(meanError(scores, tinyGolden)).toBeLessThan(1e-5);
  });

  test.each(regroupings)(
    'bit-identical in micro-batches of $maxBatchTokens tokens',
    async (options) => {
      expect(await scoreOtherwise(prior, tinyGolden, options)).toEqual(scores);
    },
  );

  test('the copy in the repository is the shared one', ({ skip }) => {
    const shared = sharedGolden('tiny.jsonl');
    if (shared === null) skip('no shared reference values');
    expect(tinyGolden).toEqual(shared);
  });
});
