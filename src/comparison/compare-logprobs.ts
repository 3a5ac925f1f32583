import { ToeditError } from '../errors.ts';
import { isProbability } from '../options.ts';
import { leastLogprob } from '../resampling/resampling-options.ts';
import { clusteredMean, fractionInterval, meanInterval } from './intervals.ts';
import type {
  PriorComparison,
  SamplePlace,
  ThresholdComparison,
  WorstDelta,
} from './prior-comparison.ts';

/** Compares what two priors said, document by document. */
export interface LogprobComparison {
  /**
   * Adds a document by the natural logs of its tokens' probabilities, `[tokens]` each. A token that is NaN in either is left out.
   *
   * @throws RangeError where A and B are not of one length.
   */
  add(a: Float32Array, b: Float32Array, place: SamplePlace): void;
  result(): PriorComparison;
}

/**
 * Begins a comparison.
 *
 * @param thresholds - probabilities above 0 and at most 1. Default 0.9, 0.95, 0.99, 0.999
 * @throws ToeditError `BAD_OPTION` where one is not
 */
export function compareLogprobs(
  thresholds: readonly number[] = usualThresholds,
): LogprobComparison {
  for (const threshold of thresholds) requireThreshold(threshold);
  const deltas = clusteredMean();
  const decisions = thresholds.map(compareDecisions);
  let worst: WorstDelta | null = null;
  return {
    add(a, b, place) {
      if (a.length !== b.length) throw new RangeError(`${a.length} tokens are not ${b.length}`);
      const { sum, tokens, worst: own } = deltasOf(a, b);
      deltas.add(sum, tokens);
      if (own !== null && (worst === null || deltaOf(own) > deltaOf(worst))) {
        worst = { file: place.file, row: place.row, ...own };
      }
      for (const decision of decisions) decision.add(a, b);
    },
    result: () => ({
      documents: deltas.clusters,
      tokens: deltas.items,
      meanDelta: deltas.mean,
      meanDeltaInterval: meanInterval(deltas),
      worst,
      thresholds: decisions.map((decision) => decision.result()),
    }),
  };
}

/** The thresholds that are compared unless others are asked for. */
export const usualThresholds: readonly number[] = [0.9, 0.95, 0.99, 0.999];

function requireThreshold(threshold: number): void {
  if (isProbability(threshold)) return;
  throw new ToeditError(
    'BAD_OPTION',
    `thresholds has ${String(threshold)}: give probabilities above 0 and at most 1`,
  );
}

type TokenDelta = Omit<WorstDelta, keyof SamplePlace>;

function deltasOf(a: Float32Array, b: Float32Array) {
  let [sum, tokens] = [0, 0];
  let worst: TokenDelta | null = null;
  for (let token = 0; token < a.length; token++) {
    const own = { token, logprobA: a[token] ?? Number.NaN, logprobB: b[token] ?? Number.NaN };
    const delta = deltaOf(own);
    if (Number.isNaN(delta)) continue;
    sum += delta;
    tokens++;
    if (worst === null || delta > deltaOf(worst)) worst = own;
  }
  return { sum, tokens, worst };
}

function deltaOf({ logprobA, logprobB }: Pick<TokenDelta, 'logprobA' | 'logprobB'>): number {
  return Math.abs(logprobA - logprobB);
}

/** Counts decisions, document by document. */
export interface DecisionComparison {
  /** Adds a document by the natural logs of its tokens' probabilities, `[tokens]` each; a token with NaN in either is left out. */
  add(a: Float32Array, b: Float32Array): void;
  result(): ThresholdComparison;
}

/** Begins to count where two priors decide differently at a threshold, by the comparison that an edit makes. */
function compareDecisions(threshold: number): DecisionComparison {
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
