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
