import type { ClusteredMean } from './clustered-mean.ts';
import type { Interval } from './prior-comparison.ts';
import { studentQuantile } from './student-quantile.ts';

/**
 * The 95 % confidence interval of a mean that is not negative, by Student's t with one degree of freedom fewer than clusters;
 * null with fewer than two.
 */
export function meanInterval({ clusters, mean, variance }: ClusteredMean): Interval | null {
  if (clusters < 2) return null;
  const reach = studentQuantile(clusters - 1) * Math.sqrt(variance);
  return [Math.max(0, mean - reach), mean + reach];
}
