import { addToSum, type ExactSum, mergeSum, newSum, valueOf } from './exact-sum.ts';

/** The first position of each bin of tokens, by their place in their text from 0; the last bin has no end. */
export const positionBounds = [0, 16, 64, 256, 1024] as const;

/** Sums over the tokens with a prediction, by {@link positionBounds}. */
export interface PositionBins {
  readonly predicted: Float64Array;
  /** Tokens with P at least 0.99. */
  readonly certain: Float64Array;
  /** The sums of -ln P, that of each document rounded to 2^-20. */
  readonly surprise: readonly ExactSum[];
}

/** The sums of no token. */
export function newPositionBins(): PositionBins {
  const size = positionBounds.length;
  return {
    predicted: new Float64Array(size),
    certain: new Float64Array(size),
    surprise: Array.from({ length: size }, newSum),
  };
}

/**
 * Adds the tokens of a document.
 *
 * @param logprobs - ln P of each token; NaN where there is no prediction
 * @param least - the least ln P that counts as certain
 */
export function addPositions(bins: PositionBins, logprobs: Float32Array, least: number): void {
  positionBounds.forEach((from, bin) => {
    const own = logprobs.subarray(from, positionBounds[bin + 1]);
    let [predicted, certain, surprise] = [0, 0, 0];
    for (const logprob of own) {
      if (Number.isNaN(logprob)) continue;
      predicted++;
      surprise -= logprob;
      if (logprob >= least) certain++;
    }
    bins.predicted[bin] = (bins.predicted[bin] ?? 0) + predicted;
    bins.certain[bin] = (bins.certain[bin] ?? 0) + certain;
    const sum = bins.surprise[bin];
    if (sum !== undefined && predicted > 0) addToSum(sum, surprise);
  });
}

/** Adds the sums of other documents. */
export function mergePositions(into: PositionBins, from: PositionBins): void {
  positionBounds.forEach((_, bin) => {
    into.predicted[bin] = (into.predicted[bin] ?? 0) + (from.predicted[bin] ?? 0);
    into.certain[bin] = (into.certain[bin] ?? 0) + (from.certain[bin] ?? 0);
    const [sum, other] = [into.surprise[bin], from.surprise[bin]];
    if (sum !== undefined && other !== undefined) mergeSum(sum, other);
  });
}

/** What the prior says of the tokens of a bin. */
export interface PositionMeasures {
  /** The first position, from 0. */
  readonly from: number;
  /** The position that the bin ends before; null where it has no end. */
  readonly to: number | null;
  /** Tokens with a prediction. */
  readonly predicted: number;
  /** Null where there are none. */
  readonly meanLogprob: number | null;
  /** The share of them with P at least 0.99. */
  readonly massAtLeast99: number | null;
}

/** The measures of the bins, those without a token too. */
export function measurePositions(bins: PositionBins): readonly PositionMeasures[] {
  return positionBounds.map((from, bin) => {
    const [predicted = 0, sum] = [bins.predicted[bin], bins.surprise[bin]];
    const isEmpty = predicted === 0 || sum === undefined;
    return {
      ...{ from, to: positionBounds[bin + 1] ?? null, predicted },
      meanLogprob: isEmpty ? null : -valueOf(sum) / predicted,
      massAtLeast99: isEmpty ? null : (bins.certain[bin] ?? 0) / predicted,
    };
  });
}
