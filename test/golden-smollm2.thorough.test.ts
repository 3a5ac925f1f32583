import { beforeAll, describe, expect, test } from 'vitest';
import { loadPrior } from '#toedit/src/model/load-prior';
import { expectGolden, meanError, scoreOtherwise } from './expect-golden.ts';
import { sharedGolden } from './golden-texts.ts';
import { scoreTexts, type TextScores } from './score-texts.ts';
import { hasSmolLm2, smolLm2Directory } from './smollm2.ts';

const smolGolden = sharedGolden('smollm2-135m.jsonl') ?? [];

describe.skipIf(!hasSmolLm2)('SmolLM2-135M', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await smolLm2Directory();
  }, 300_000);

  test.each([
    { modelFile: 'onnx/model.onnx', maxBatchTokens: 300, batchRows: 7 },
    { modelFile: 'onnx/model_gqa.onnx', maxBatchTokens: 2048, batchRows: 26 },
  ])('$modelFile', { timeout: 300_000 }, async ({ modelFile, ...options }) => {
    await using prior = await loadPrior(directory, { modelFile });
    expect(prior.notSplit).toBeNull();
    const scores = await scoreTexts(
      prior,
      smolGolden.map(({ text }) => text),
    );
    smolGolden.forEach((golden, i) => expectGolden(scores[i] as TextScores, golden));
    expect(meanError(scores, smolGolden)).toBeLessThan(1e-5);
    const short = smolGolden.filter(({ token_ids }) => token_ids.length < 350);
    expect(await scoreOtherwise(prior, short, options)).toEqual(
      short.map((golden) => scores[smolGolden.indexOf(golden)]),
    );
  });
});
