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
