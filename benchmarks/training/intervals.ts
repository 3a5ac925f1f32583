import { studentQuantile } from '../../src/comparison/intervals.ts';

/** A mean with half of its 95 % interval, by Student's t over independent values. */
export interface Estimate {
  readonly mean: number;
  /** Infinite of a single value. */
  readonly half: number;
  readonly values: number;
}

/**
 * Estimates the mean that values are spread about.
 *
 * @throws RangeError without a value.
 */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  if (count === 0) throw new RangeError('no value: an estimate wants one at least');
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, half: Number.POSITIVE_INFINITY, values: count };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (count - 1) / count);
  return { mean, half: studentQuantile(count - 1) * error, values: count };
}

/** Whether an interval lies above zero, below, or holds it. */
export function signOf({ mean, half }: Estimate): 'above' | 'below' | 'not told apart' {
  if (Math.abs(mean) <= half) return 'not told apart';
  return mean > 0 ? 'above' : 'below';
}

/** True where an interval lies above zero; null of a single value, which has none. */
export function isAbove(estimate: Estimate | null): boolean | null {
  return estimate === null || estimate.values < 2 ? null : signOf(estimate) === 'above';
}

/**
 * The 95 % interval of a share by its counts, exact for independent trials: its ends are the shares at which as many successes or more,
 * and as many or fewer, have a probability of 2.5 %.
 *
 * Source: Clopper and Pearson, Biometrika 26 (1934).
 */
export function exactInterval(successes: number, trials: number): readonly [number, number] {
  return [
    successes === 0 ? 0 : shareAt(0.025, successes, trials),
    successes === trials ? 1 : shareAt(0.975, successes + 1, trials),
  ];
}

/** The share at which so many successes or more have a probability. */
function shareAt(probability: number, successes: number, trials: number): number {
  let [low, high] = [0, 1];
  // A double has 52 bits behind its first.
  for (let bit = 0; bit < 52; bit++) {
    const middle = (low + high) / 2;
    if (probabilityOfAtLeast(successes, trials, middle) < probability) low = middle;
    else high = middle;
  }
  return low;
}

function probabilityOfAtLeast(successes: number, trials: number, share: number): number {
  let logProbability = trials * Math.log1p(-share);
  let fewer = 0;
  for (let count = 0; count < successes; count++) {
    fewer += Math.exp(logProbability);
    logProbability += Math.log(((trials - count) / (count + 1)) * (share / (1 - share)));
  }
  return 1 - fewer;
}
