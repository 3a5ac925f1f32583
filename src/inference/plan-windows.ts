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
