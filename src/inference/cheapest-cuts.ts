import type { Batching } from './batching.ts';

/**
 * Cuts windows into micro-batches of neighbours so that the sum over micro-batches of `runTokens + width * windows` is the
 * least there is; the width is that of the first window. A window longer than `maxBatchTokens` is alone. Dynamic programming from
 * the end, in O(windows * windows a micro-batch); of equal costs, the one whose first micro-batch is the larger.
 *
 * @param lengths - tokens of each window, at least 1, longest first.
 * @returns Windows of each micro-batch, in order.
 */
export function cheapestCuts(
  lengths: readonly number[],
  { maxBatchTokens, runTokens }: Batching,
): number[] {
  const best = new Float64Array(lengths.length + 1);
  const counts = new Int32Array(lengths.length);
  for (let from = lengths.length - 1; from >= 0; from--) {
    const width = lengths[from] ?? 1;
    const most = Math.min(lengths.length - from, Math.max(1, Math.floor(maxBatchTokens / width)));
    best[from] = Number.POSITIVE_INFINITY;
    for (let count = 1; count <= most; count++) {
      const cost = runTokens + width * count + (best[from + count] ?? 0);
      if (cost > (best[from] ?? 0)) continue;
      best[from] = cost;
      counts[from] = count;
    }
  }
  const cuts: number[] = [];
  for (let from = 0; from < lengths.length; from += counts[from] ?? 1) cuts.push(counts[from] ?? 1);
  return cuts;
}
