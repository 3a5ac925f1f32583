import type { Interval } from './prior-comparison.ts';

/**
 * The 95 % confidence interval of a mean that is not negative, by Student's t with one degree of freedom fewer than clusters;
 * null with fewer than two.
 */
export function meanInterval({ clusters, mean, variance }: ClusteredMean): Interval | null {
  if (clusters < 2) return null;
  const reach = studentQuantile(clusters - 1) * Math.sqrt(variance);
  return [Math.max(0, mean - reach), mean + reach];
}

/** A mean over items that come in clusters, and how sure it is. */
export interface ClusteredMean {
  /** Adds a cluster by the sum and the count of its items; one of no items counts for nothing. */
  add(sum: number, count: number): void;
  readonly clusters: number;
  readonly items: number;
  readonly sum: number;
  /** 0 where there is no item. */
  readonly mean: number;
  /** Of the mean; NaN with fewer than two clusters. */
  readonly variance: number;
}

/**
 * Begins a mean over clusters, such as over the tokens of documents: items of one cluster may depend on each other in any
 * way, clusters do not. Keeps sums alone, however many there are.
 *
 * The variance is the linearised one of a ratio of sums, with clusters / (clusters - 1): the sandwich estimator of a mean.
 *
 * Source: Cochran, Sampling Techniques (3rd edition, 1977), 9A.8 (clusters of unequal sizes: ratio to size).
 */
export function clusteredMean(): ClusteredMean {
  let [clusters, items, sum] = [0, 0, 0];
  let [sumSquares, products, countSquares] = [0, 0, 0];
  const mean = (): number => (items === 0 ? 0 : sum / items);
  return {
    add(clusterSum, count) {
      if (count === 0) return;
      clusters++;
      items += count;
      sum += clusterSum;
      sumSquares += clusterSum ** 2;
      products += clusterSum * count;
      countSquares += count ** 2;
    },
    get clusters() {
      return clusters;
    },
    get items() {
      return items;
    },
    get sum() {
      return sum;
    },
    get mean() {
      return mean();
    },
    get variance() {
      if (clusters < 2) return Number.NaN;
      const residuals = sumSquares - 2 * mean() * products + mean() ** 2 * countSquares;
      // Rounding may leave less than nothing of residuals that are all 0.
      return (Math.max(0, residuals) * clusters) / (clusters - 1) / items ** 2;
    },
  };
}

/**
 * The 95 % confidence interval of a fraction: the mean of items that are 0 or 1. Null with fewer than two clusters.
 *
 * It is Wilson's, with the effective number of items in place of their number, and Student's t (one degree of freedom fewer than
 * clusters) in place of the normal quantile. The effective number is the number by the design effect: how many times greater the
 * variance is than that of independent items, at least 1. Wilson's interval holds for fractions near 0, where the usual one
 * (mean ± 1.96 standard errors) shrinks to nothing: where none of n items is 1 it reaches up to t² / (n + t²), about 4 / n. Then
 * nothing shows dependence either, and the items count as independent.
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

/**
 * The 0.975 quantile of Student's t, to 0.02 %: of the normal distribution, where the degrees of freedom are many.
 *
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5, an expansion in 1 / freedom; the first four are
 * tabled, since it comes too slowly to them.
 *
 * @param freedom - degrees of freedom, 1 or more
 */
export function studentQuantile(freedom: number): number {
  const expansion = coefficients.reduceRight((sum, term) => sum / freedom + term, 0);
  return tabled[freedom - 1] ?? expansion;
}

const tabled: readonly number[] = [12.7062, 4.3027, 3.1824, 2.7764];

/** The polynomials of 26.7.5 at the normal distribution's 0.975 quantile. */
const coefficients: readonly number[] = [1.959964, 2.372271, 2.822499, 2.55585, 1.589534];
