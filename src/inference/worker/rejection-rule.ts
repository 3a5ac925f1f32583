/** What decides whether a row is certainly below the threshold; logits and norms are float64, of float32 numbers. */
export interface ScreenedRow {
  /** The hidden state's Euclidean norm. */
  readonly hiddenNorm: number;
  /** The greatest norm among the weights of the subset and of the target. */
  readonly weightNorm: number;
  /** The target's logit, from float64 arithmetic. */
  readonly targetLogit: number;
  /** Log of the sum of exponentials of the subset's logits without the target's, from float32 arithmetic. */
  readonly logSum: number;
}

/** The sizes that rounding errors grow with. */
export interface RejectionSizes {
  /** Terms of a logit's inner product. */
  readonly hidden: number;
  /** Numbers that the full head adds up in a chain at most, for the sum over the vocabulary (`longestSum`). */
  readonly headSum: number;
  /** The same for the sum over the subset. */
  readonly subsetSum: number;
}

/** Thresholds below e^-16 are not for early exit: the error bound takes a logprob far below for granted. */
const leastRejectionThreshold = -16;

/**
 * Whether the full head's float32 logprob of a row's target is certainly less than `leastKeptLogprob(logThreshold)`: such
 * a logprob is omitted, computed or not. For any subset S of the vocabulary
 *
 *     log P(x) <= -log(1 + exp(d)),   d = log sum over S without x of exp(l_j) - l_x
 *
 * `d` is lowered by all that the rounding of logits and of the sum may have added to it, and the bound is raised by all that
 * the full head's own sum may have lost: docs/decisions/early-exit.md derives both. What is not a number is not rejected.
 */
export function rejectionRule(
  { hidden, headSum, subsetSum }: RejectionSizes,
  logThreshold: number,
): (row: ScreenedRow) => boolean {
  const productError = (hidden * unit) / (1 - hidden * unit);
  const limit = leastKeptLogprob(logThreshold);
  if (!(logThreshold >= leastRejectionThreshold)) return () => false;
  return ({ hiddenNorm, weightNorm, targetLogit, logSum }) => {
    const logitError = 1.01 * productError * hiddenNorm * weightNorm + underflow;
    const sumError = sumErrorOf(subsetSum, Math.abs(logSum));
    const least = logSum - targetLogit - 3 * logitError - sumError;
    const headError = sumErrorOf(headSum, 2 * (Math.abs(targetLogit) + logitError) + 64);
    return Number.isFinite(least) && headError - softplus(least) < limit;
  };
}

/** The unit roundoff of float32. */
const unit = 2 ** -24;

/** More than products that are flushed to zero can add up to. */
const underflow = 1e-30;

/** log(1 + exp(x)), of any finite x. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The error of a log of a sum of exponentials of a given size: of the sum, of its terms, and of subtracting the greatest. */
function sumErrorOf(terms: number, size: number): number {
  return unit * (2 * (terms + 64) + 8 * (size + 16));
}

/** Nats by which a logprob must be below the threshold's to be omitted. */
export const omissionDistance = 0.05;

/**
 * The least logprob, a float64, that is kept where only eligible tokens' are wanted. What is kept is a function of the logprob
 * alone, however it was found out: so it cannot depend on batching, or on what ran before.
 *
 * @param logThreshold - the least float32 logprob that is eligible; where none is (Infinity), none is kept
 */
export function leastKeptLogprob(logThreshold: number): number {
  return logThreshold - omissionDistance;
}

/** Puts NaN in the place of logprobs that are not kept. */
export function omitLogprobs(logprobs: Float32Array, logThreshold: number): void {
  const least = leastKeptLogprob(logThreshold);
  for (let i = 0; i < logprobs.length; i++) {
    if ((logprobs[i] ?? Number.NaN) < least) logprobs[i] = Number.NaN;
  }
}
