import { expect } from 'vitest';
import type { Prior } from '#toedit/src/model/load-prior';
import type { GoldenText } from './golden-texts.ts';
import { scoreTexts, type TextScores } from './score-texts.ts';

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

/** That scores are the reference values, where rounding cannot make them others. */
export function expectGolden(scores: TextScores, golden: GoldenText): void {
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
export function meanError(scores: readonly TextScores[], golden: readonly GoldenText[]): number {
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
export async function scoreOtherwise(
  prior: Prior,
  golden: readonly GoldenText[],
  options: { readonly maxBatchTokens: number; readonly batchRows: number },
): Promise<TextScores[]> {
  const { items, restore } = shuffled(golden.map(({ text }) => text));
  return restore(await scoreTexts(prior, items, options));
}

/** Groupings that must give the same bits. */
export const regroupings = [
  { maxBatchTokens: 1, batchRows: 26 },
  { maxBatchTokens: 300, batchRows: 7 },
  { maxBatchTokens: 1024, batchRows: 1 },
  { maxBatchTokens: 4096, batchRows: 26 },
];
