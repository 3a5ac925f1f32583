/** How features are spread over the buckets. */
export interface BucketMeasures {
  /** Of the buckets' shares, in nats: ln 10,000 = 9.21 at most. */
  readonly entropy: number;
  /** 0 where all buckets are equally full, near 1 where one holds all. */
  readonly gini: number;
  /** The share of the features that lies in the fullest 1 % of the buckets. */
  readonly topMass: number;
}

/** Measures of counts by bucket; NaN where all are 0. */
export function bucketMeasures(counts: Float64Array): BucketMeasures {
  const total = sumOf(counts);
  const sorted = counts.toSorted();
  const top = sorted.subarray(sorted.length - Math.ceil(sorted.length / 100));
  return { entropy: entropy(counts), gini: gini(sorted, total), topMass: sumOf(top) / total };
}

/** -Σ p ln p of counts as shares of their sum, in nats; NaN where all are 0. */
export function entropy(counts: Float64Array): number {
  const total = sumOf(counts);
  if (total === 0) return Number.NaN;
  let sum = 0;
  for (const count of counts) if (count > 0) sum -= (count / total) * Math.log(count / total);
  return sum;
}

/** 2 Σ i c_i / (n Σ c_i) - (n + 1) / n, of counts in ascending order, i from 1. */
function gini(sorted: Float64Array, total: number): number {
  const n = sorted.length;
  let weighted = 0;
  sorted.forEach((count, index) => {
    weighted += (index + 1) * count;
  });
  return (2 * weighted) / (n * total) - (n + 1) / n;
}

/** ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, in nats: 0 to ln 2; NaN where all of one are 0. */
export function jensenShannon(one: Float64Array, other: Float64Array): number {
  const [ofOne, ofOther] = [sumOf(one), sumOf(other)];
  if (ofOne === 0 || ofOther === 0) return Number.NaN;
  let sum = 0;
  for (let at = 0; at < one.length; at++) {
    const p = (one[at] ?? 0) / ofOne;
    const q = (other[at] ?? 0) / ofOther;
    const middle = (p + q) / 2;
    if (p > 0) sum += p * Math.log(p / middle);
    if (q > 0) sum += q * Math.log(q / middle);
  }
  return Math.max(0, sum / 2);
}

/** What is added to each share, so that none is 0. */
export const smoothing = 1e-8;

/**
 * The logarithms of the ratios of two distributions, ln(target + 1e-8) - ln(raw + 1e-8), by bucket.
 *
 * @param target - counts by bucket, not all 0
 * @param raw - likewise
 */
export function logRatios(target: Float64Array, raw: Float64Array): Float64Array {
  const [ofTarget, ofRaw] = [sumOf(target), sumOf(raw)];
  return target.map((count, bucket) => {
    const share = (raw[bucket] ?? 0) / ofRaw;
    return Math.log(count / ofTarget + smoothing) - Math.log(share + smoothing);
  });
}

/** Σ p (ln(p + 1e-8) - ln(q + 1e-8)), in nats; NaN where all of one are 0. */
export function divergence(one: Float64Array, reference: Float64Array): number {
  const total = sumOf(one);
  const ratios = logRatios(one, reference);
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += ((one[at] ?? 0) / total) * (ratios[at] ?? 0);
  return sum;
}

/** The sum of numbers. */
export function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
