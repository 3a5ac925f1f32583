import type { ClusteredMean } from './clustered-mean.ts';
import type { Interval } from './prior-comparison.ts';
import { studentQuantile } from './student-quantile.ts';

/**
 * The 95 % confidence interval of a fraction: the mean of items that are 0 or 1. Null with fewer than two clusters.
 *
 * It is Wilson's, with the effective number of items in place of their number, and Student's t (one degree of freedom fewer than
 * clusters) in place of the normal quantile. The effective number is the number by the design effect: how many times greater the
 * variance is than that of independent items, at least 1. Wilson's interval holds for fractions near 0, where the usual one
 * (mean ± 1.96 standard errors) shrinks to nothing: where none of n items is 1 it reaches up to t² / (n + t²), about 4 / n. Then
 * nothing tells of dependence either, and the items count as independent.
 *
 * Sources: Franco, Little, Louis and Slud, Comparative study of confidence intervals for proportions in complex sample surveys
 * (J. Survey Statistics and Methodology 7, 2019), which recommends this form; Korn and Graubard (Survey Methodology 24, 1998) for t.
 */
export function fractionInterval(fraction: ClusteredMean): Interval | null {
  const { clusters, items, mean, variance } = fraction;
  if (clusters < 2) return null;
  const ofIndependent = (mean * (1 - mean)) / items;
  const designEffect = ofIndependent === 0 ? 1 : Math.max(1, variance / ofIndependent);
  const size = items / designEffect;
  const t = studentQuantile(clusters - 1);
  const centre = mean + t ** 2 / (2 * size);
  const reach = t * Math.sqrt((mean * (1 - mean)) / size + (t / (2 * size)) ** 2);
  const shrink = 1 + t ** 2 / size;
  // The mean lies between these ends, but for rounding.
  return [
    Math.max(0, Math.min(mean, (centre - reach) / shrink)),
    Math.min(1, Math.max(mean, (centre + reach) / shrink)),
  ];
}
