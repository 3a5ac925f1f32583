import { compareLogprobs } from '../src/comparison/compare-logprobs.ts';
import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import type { Progress } from '../src/metrics/progress.ts';
import type { Prior } from '../src/model/load-prior.ts';
import { compareScores } from './compare-scores.ts';
import type { SampleDocument } from './read-sample.ts';
import { scoreSample } from './score-sample.ts';
import { tokenizeSample } from './tokenize-sample.ts';

/** What every comparison of priors takes. */
export interface ComparisonOptions {
  /** Probabilities above 0 and at most 1. @defaultValue 0.9, 0.95, 0.99, 0.999 */
  readonly thresholds?: readonly number[] | undefined;
  /** Tokens of all documents together: the last one is cut there. @defaultValue 50,000 */
  readonly maxTokens?: number | undefined;
  /** Called after each micro-batch; the files are the priors' graphs. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A minute or two of a model of 135M parameters on two cores. */
const usualTokens = 50_000;

/** Gives an opened prior for as long as it is used. */
export type LendPrior = <Result>(use: (prior: Prior) => Promise<Result>) => Promise<Result>;

/** Two priors of one tokenizer. */
export interface LentPriors {
  readonly a: LendPrior;
  readonly b: LendPrior;
  /** The longest window that both can read, in tokens. */
  readonly longestWindow: number;
}

/**
 * Compares two priors, one after the other: so they need not fit into memory together, and of A's scores four bytes a token are
 * kept. Micro-batches may differ, since scores are the same in all. Of a long document the first window is compared, of at most
 * 2048 tokens: many documents tell more than a long one.
 *
 * @throws ToeditError `BAD_OPTION`; as `scoreSample`.
 */
export async function compareInTurn(
  { a, b, longestWindow }: LentPriors,
  documents: readonly SampleDocument[],
  options: ComparisonOptions,
): Promise<PriorComparison> {
  const { thresholds, maxTokens = usualTokens, ...watch } = options;
  // Now, so that a wrong threshold is told before anything is scored.
  const comparison = compareLogprobs(thresholds);
  const windowTokens = Math.min(2048, longestWindow);
  const scoring = { ...watch, windowTokens, fileCount: 2 };
  const { sample, inA } = await a(async (prior) => {
    const bounds = { maxTokens, maxDocumentTokens: windowTokens };
    const tokens = await tokenizeSample(prior, documents, bounds);
    return { sample: tokens, inA: await scoreSample(prior, tokens, { ...scoring, fileIndex: 0 }) };
  });
  const inB = await b((prior) => scoreSample(prior, sample, { ...scoring, fileIndex: 1 }));
  return compareScores(comparison, sample, { a: inA, b: inB });
}
