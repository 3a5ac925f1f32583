/** A mean with half of its 95 % interval, by Student's t over independent values. */
export interface Estimate {
  readonly mean: number;
  /** Infinite of a single value. */
  readonly half: number;
  readonly values: number;
}

/** The 97.5 % quantiles of Student's t, by degrees of freedom from 1. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/**
 * Estimates the mean that values are spread about.
 *
 * @throws RangeError without a value, or of more than eleven.
 */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  if (count === 0 || count > quantiles.length + 1) {
    throw new RangeError(`${count} values: an estimate wants 1 to ${quantiles.length + 1}`);
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const quantile = quantiles[count - 2];
  if (quantile === undefined) return { mean, half: Number.POSITIVE_INFINITY, values: count };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, half: quantile * Math.sqrt(squares / (count - 1) / count), values: count };
}

/** Whether an interval lies above zero, below, or holds it. */
export function signOf({ mean, half }: Estimate): 'above' | 'below' | 'not told apart' {
  if (Math.abs(mean) <= half) return 'not told apart';
  return mean > 0 ? 'above' : 'below';
}
