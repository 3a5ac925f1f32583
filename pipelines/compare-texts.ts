import { compareLogprobs } from '../src/comparison/compare-logprobs.ts';
import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import type { Prior } from '../src/model/load-prior.ts';
import type { Progress } from '../src/report/progress.ts';
import type { SampleDocument } from './read-sample.ts';
import { requireOneTokenizer } from './require-one-tokenizer.ts';
import { scoreSample } from './score-sample.ts';
import { tokenizeSample } from './tokenize-sample.ts';

/** Settings of {@link compareTexts}. */
export interface CompareTextsOptions {
  /** Probabilities above 0 and at most 1. @defaultValue 0.9, 0.95, 0.99, 0.999 */
  readonly thresholds?: readonly number[] | undefined;
  /** Tokens of all documents together: the last one is cut there. @defaultValue no bound */
  readonly maxTokens?: number | undefined;
  /** Called after each micro-batch; the files are the priors' graphs. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares what two opened priors say of the tokens of documents, each token on its own prefix. Both read in windows of one
 * length; first A scores all documents, then B does.
 *
 * @param a - the reference: its decisions count as right
 * @throws ToeditError `BAD_OPTION`, where the tokenizers differ, too; as `scoreSample`.
 */
export async function compareTexts(
  a: Prior,
  b: Prior,
  documents: readonly SampleDocument[],
  options: CompareTextsOptions = {},
): Promise<PriorComparison> {
  requireOneTokenizer(a, b);
  const { thresholds, maxTokens, ...watch } = options;
  const comparison = compareLogprobs(thresholds);
  const sample = await tokenizeSample(a, documents, maxTokens);
  const scoring = {
    ...{ ...watch, fileCount: 2 },
    windowTokens: Math.min(2048, a.maxTokens, b.maxTokens),
  };
  const inA = await scoreSample(a, sample, { ...scoring, fileIndex: 0 });
  const inB = await scoreSample(b, sample, { ...scoring, fileIndex: 1 });
  sample.forEach((place, i) => comparison.add(inA[i] ?? none, inB[i] ?? none, place));
  return comparison.result();
}

const none = new Float32Array();
