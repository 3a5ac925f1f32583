import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { type GoldenText, sharedGolden, tinyGolden } from './golden-texts.ts';
import { writeInt8Prior } from './int8-prior.ts';
import { root } from './sandbox.ts';
import { scoreTexts, type TextScores } from './score-texts.ts';
import { hasSmolLm2, smolLm2Directory } from './smollm2.ts';

const maxError = 2e-4;
const logThreshold = Math.log(0.99);

/** |logprob - reference| of each predicted token. */
function errorsOf(scores: TextScores, golden: GoldenText): number[] {
  return golden.token_logprobs.flatMap((reference, i) =>
    reference === null ? [] : [Math.abs((scores.logprobs?.[i] ?? Number.NaN) - reference)],
  );
}

/** Positions whose reference is so far from the threshold that rounding cannot turn the decision. */
function decided(golden: GoldenText, positions: readonly number[]): number[] {
  return positions.filter((position) => {
    const reference = golden.token_logprobs[position];
    return typeof reference === 'number' && Math.abs(reference - logThreshold) > maxError;
  });
}

/** The ranks whose logprob differs from that of both neighbours by more than rounding can turn. */
function decidedRanks(logprobs: readonly number[]): number[] {
  const gaps = logprobs.map(
    (logprob, i) => (logprobs[i - 1] ?? Number.POSITIVE_INFINITY) - logprob,
  );
  return logprobs.flatMap((_, i) => {
    const isLast = i === logprobs.length - 1;
    return !isLast && Math.min(gaps[i] ?? 0, gaps[i + 1] ?? 0) > 10 * maxError ? [i] : [];
  });
}

function expectGolden(scores: TextScores, golden: GoldenText): void {
  expect(scores.tokenIds).toEqual(golden.token_ids);
  expect(scores.logprobs?.map((logprob) => logprob === null)).toEqual(
    golden.token_logprobs.map((logprob) => logprob === null),
  );
  expect(Math.max(0, ...errorsOf(scores, golden))).toBeLessThan(maxError);
  const eligible = scores.candidates?.map(({ position }) => position) ?? [];
  expect(decided(golden, eligible)).toEqual(decided(golden, golden.eligible));
  scores.candidates?.forEach(({ position, ids }) => {
    const at = golden.eligible.indexOf(position);
    const ranks = decidedRanks(golden.top8_logprobs[at] ?? []);
    expect(ids).toHaveLength(8);
    expect(ranks.map((rank) => ids[rank])).toEqual(
      ranks.map((rank) => golden.top8_token_ids[at]?.[rank]),
    );
  });
}

/** Mean |logprob - reference| over all texts. */
function meanError(scores: readonly TextScores[], golden: readonly GoldenText[]): number {
  const errors = golden.flatMap((text, i) => errorsOf(scores[i] as TextScores, text));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

/** A fixed permutation of the items, and the way back. */
function shuffled<T>(items: readonly T[]): {
  items: T[];
  restore: <U>(others: readonly U[]) => U[];
} {
  const order = items.map((_, i) => i).sort((a, b) => ((a * 7919) % 101) - ((b * 7919) % 101));
  return {
    items: order.map((i) => items[i] as T),
    restore: (others) => items.map((_, i) => others[order.indexOf(i)] as never),
  };
}

/** The same texts in another order, in other record batches and micro-batches. */
async function scoreOtherwise(
  prior: Prior,
  golden: readonly GoldenText[],
  options: { readonly maxBatchTokens: number; readonly batchRows: number },
): Promise<TextScores[]> {
  const { items, restore } = shuffled(golden.map(({ text }) => text));
  return restore(await scoreTexts(prior, items, options));
}

const regroupings = [
  { maxBatchTokens: 1, batchRows: 26 },
  { maxBatchTokens: 300, batchRows: 7 },
  { maxBatchTokens: 1024, batchRows: 1 },
  { maxBatchTokens: 4096, batchRows: 26 },
];

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
