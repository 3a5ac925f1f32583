import type { Batching } from './engine-options.ts';
import type { MicroBatch } from './micro-batch.ts';

/** A window of one of the documents that wait together. */
export interface DocumentWindow extends Window {
  /** The document's token ids. */
  readonly tokenIds: Int32Array;
  /** The document's place among those that wait. */
  readonly document: number;
}

/** Windows that run together, all padded to `width` tokens, BOS included. */
export interface PackedWindows {
  readonly width: number;
  readonly windows: readonly DocumentWindow[];
}

/** How windows are packed. */
export interface PackOptions extends Batching {
  /** The token that begins each window; null for none. */
  readonly bosTokenId: number | null;
}

/**
 * Packs windows into micro-batches of a bounded number of tokens, padding included: longest first, so that neighbours
 * are of like length, and cut where padding and forward passes together cost the least (`cheapestCuts`).
 */
export function packWindows(
  windows: readonly DocumentWindow[],
  options: PackOptions,
): PackedWindows[] {
  const sorted = windows.toSorted((a, b) => lengthOf(b, options) - lengthOf(a, options));
  const lengths = sorted.map((window) => lengthOf(window, options));
  let from = 0;
  return cheapestCuts(lengths, options).map((count) => {
    const pack = { width: lengths[from] ?? 0, windows: sorted.slice(from, from + count) };
    from += count;
    return pack;
  });
}

/** The halves of packed windows of more than one, the longer windows first. */
export function halvesOf({ windows }: PackedWindows, options: PackOptions): PackedWindows[] {
  const middle = Math.ceil(windows.length / 2);
  return [windows.slice(0, middle), windows.slice(middle)].map((half) => ({
    width: Math.max(...half.map((window) => lengthOf(window, options))),
    windows: half,
  }));
}

/** Tokens of packed windows, padding included. */
export function packedTokens({ width, windows }: PackedWindows): number {
  return width * windows.length;
}

/** The micro-batch of packed windows; padding stands at the right, as zeros. */
export function microBatchOf(
  { width, windows }: PackedWindows,
  options: Pick<PackOptions, 'bosTokenId'> & Pick<MicroBatch, 'logThreshold' | 'topK' | 'scores'>,
): MicroBatch {
  const size = windows.length;
  const tokenIds = new Int32Array(size * width);
  const spans = new Int32Array(size * 2);
  const { bosTokenId, logThreshold, topK, scores } = options;
  const shift = bosTokenId === null ? 0 : 1;
  windows.forEach(({ tokenIds: document, start, end, scoredFrom }, i) => {
    if (bosTokenId !== null) tokenIds[i * width] = bosTokenId;
    tokenIds.set(document.subarray(start, end), i * width + shift);
    spans[2 * i] = scoredFrom - start + shift;
    spans[2 * i + 1] = end - start + shift;
  });
  return { size, width, tokenIds, spans, logThreshold, topK, scores };
}

function lengthOf({ start, end }: Window, { bosTokenId }: PackOptions): number {
  return end - start + (bosTokenId === null ? 0 : 1);
}

/** A run of a document's tokens that the prior reads at once. Positions count from the document's first token. */
export interface Window {
  readonly start: number;
  readonly end: number;
  /** The first token that this window scores; those before it are context. */
  readonly scoredFrom: number;
}

/** How documents are cut into windows. */
export interface WindowOptions {
  /** Tokens the prior reads at once, BOS included. */
  readonly windowTokens: number;
  /** Tokens of context that every token beyond the first window has at least. */
  readonly minContextTokens: number;
  /** Whether each window begins with BOS. */
  readonly bos: boolean;
}

/**
 * The windows of a document: each token but an unpredictable first one is scored exactly once, and nothing is
 * truncated. The first window scores all it holds; each next one begins `minContextTokens` before the first token yet
 * to be scored. The plan depends on the document's length alone.
 */
export function planWindows(tokenCount: number, options: WindowOptions): Window[] {
  const capacity = options.windowTokens - (options.bos ? 1 : 0);
  const windows: Window[] = [];
  let scoredFrom = options.bos ? 0 : 1;
  let start = 0;
  while (scoredFrom < tokenCount) {
    const end = Math.min(start + capacity, tokenCount);
    windows.push({ start, end, scoredFrom });
    scoredFrom = end;
    start = end - options.minContextTokens;
  }
  return windows;
}

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
