import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import type { Prior } from '../src/model/load-prior.ts';
import { type ComparisonOptions, compareInTurn } from './compare-in-turn.ts';
import type { SampleDocument } from './read-sample.ts';
import { requireOneTokenizer } from './require-one-tokenizer.ts';

/**
 * Compares what two opened priors say of the tokens of documents, of a long one in its first window.
 *
 * @param a - the reference: its decisions count as right
 * @throws ToeditError `BAD_OPTION`, where the tokenizers differ, too; as `scoreSample`.
 */
export async function compareTexts(
  a: Prior,
  b: Prior,
  documents: readonly SampleDocument[],
  options: ComparisonOptions = {},
): Promise<PriorComparison> {
  requireOneTokenizer(a, b);
  const longestWindow = Math.min(a.maxTokens, b.maxTokens);
  const lent = { a: lend(a), b: lend(b), longestWindow };
  return await compareInTurn(lent, documents, options);
}

function lend(prior: Prior) {
  return <Result>(use: (prior: Prior) => Promise<Result>): Promise<Result> => use(prior);
}
