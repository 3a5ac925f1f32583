import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { meanError, regroupings, scoreOtherwise } from './expect-golden.ts';
import { tinyGolden } from './golden-texts.ts';
import { writeInt8Prior } from './int8-prior.ts';
import { root } from './sandbox.ts';
import { scoreTexts, type TextScores } from './score-texts.ts';

describe('tiny in int8', () => {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-golden-int8-'));
  let prior: Prior;
  let scores: TextScores[];
  beforeAll(async () => {
    const tokenIds = tinyGolden.find(({ name }) => name === 'prose-long')?.token_ids ?? [];
    await writeInt8Prior(directory, { model: `${root}models/tiny`, tokenIds });
    prior = await loadPrior(directory, { dtype: 'int8' });
    scores = await scoreTexts(
      prior,
      tinyGolden.map(({ text }) => text),
    );
  });
  afterAll(async () => {
    await prior.close();
    rmSync(directory, { recursive: true });
  });

  test('is near the reference, yet not the float32 prior', () => {
    expect(prior.precision).toBe('int8');
    expect(meanError(scores, tinyGolden)).toBeGreaterThan(1e-4);
    expect(meanError(scores, tinyGolden)).toBeLessThan(0.1);
  });

  test.each(regroupings)(
    'bit-identical in micro-batches of $maxBatchTokens tokens',
    async (options) => {
      expect(await scoreOtherwise(prior, tinyGolden, options)).toEqual(scores);
    },
  );

  test('bit-identical for long windows alone and together', async () => {
    const width = 300;
    const tokens = tinyGolden.flatMap(({ token_ids }) => token_ids);
    const windows = [0, 1, 2, 3].map((i) => tokens.slice(i * width, (i + 1) * width));
    const score = async (some: readonly (readonly number[])[]) => {
      const batch = { tokenIds: Int32Array.from(some.flat()), size: some.length, width };
      const spans = Int32Array.from(some.flatMap(() => [1, width]));
      const { logprobs } = await prior.score({ ...batch, spans, logThreshold: 0, topK: 1 });
      return [...logprobs];
    };
    const alone: number[] = [];
    for (const window of windows) alone.push(...(await score([window])));
    expect(alone).toHaveLength(4 * (width - 1));
    // Once it has found that they give the same bits, the body runs such windows in pieces.
    for (let time = 0; time < 3; time++) expect(await score(windows)).toEqual(alone);
  });
});
