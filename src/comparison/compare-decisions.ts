import { leastLogprob } from '../resampling/least-logprob.ts';
import { clusteredMean } from './clustered-mean.ts';
import { fractionInterval } from './fraction-interval.ts';
import type { ThresholdComparison } from './prior-comparison.ts';

/** Counts decisions, document by document. */
export interface DecisionComparison {
  /** Adds a document by the natural logs of its tokens' probabilities, `[tokens]` each; a token with NaN in either is left out. */
  add(a: Float32Array, b: Float32Array): void;
  result(): ThresholdComparison;
}

/** Begins to count where two priors decide differently at a threshold, by the comparison that an edit makes. */
export function compareDecisions(threshold: number): DecisionComparison {
  const least = leastLogprob(threshold, true);
  const flips = clusteredMean();
  let [kept, lost, gained] = [0, 0, 0];
  return {
    add(a, b) {
      const flippedBefore = lost + gained;
      let tokens = 0;
      for (let token = 0; token < a.length; token++) {
        const [inA, inB] = [a[token] ?? Number.NaN, b[token] ?? Number.NaN];
        if (Number.isNaN(inA - inB)) continue;
        tokens++;
        if (inA >= least && inB >= least) kept++;
        else if (inA >= least) lost++;
        else if (inB >= least) gained++;
      }
      flips.add(lost + gained - flippedBefore, tokens);
    },
    result: () => ({
      threshold,
      ...{ eligibleA: kept + lost, eligibleB: kept + gained },
      ...{ lost, gained, flipped: lost + gained },
      flippedFraction: flips.mean,
      flippedInterval: fractionInterval(flips),
      jaccard: kept + lost + gained === 0 ? 1 : kept / (kept + lost + gained),
    }),
  };
}
