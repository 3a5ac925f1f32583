import type { Batching } from './batching.ts';
import { cheapestCuts } from './cheapest-cuts.ts';
import type { MicroBatch } from './micro-batch.ts';
import type { Window } from './plan-windows.ts';

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
