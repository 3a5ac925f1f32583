import type { LogprobComparison } from '../src/comparison/compare-logprobs.ts';
import type { PriorComparison, SamplePlace } from '../src/comparison/prior-comparison.ts';

/** What two priors say of documents: for each the natural logs of its tokens' probabilities, `[tokens]`. */
export interface TwoScores {
  readonly a: readonly Float32Array[];
  readonly b: readonly Float32Array[];
}

/** Ends a comparison with what two priors said of documents. */
export function compareScores(
  comparison: LogprobComparison,
  documents: readonly SamplePlace[],
  { a, b }: TwoScores,
): PriorComparison {
  documents.forEach((place, i) => {
    comparison.add(a[i] ?? none, b[i] ?? none, place);
  });
  return comparison.result();
}

const none = new Float32Array();
