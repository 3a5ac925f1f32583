/** What one micro-batch cost. */
export interface MicroBatchReport {
  /** Tokens of documents and BOS. */
  readonly tokens: number;
  /** Tokens that got a logprob: without BOS and context. */
  readonly scoredTokens: number;
  /** Tokens that fill windows up to the micro-batch's width. */
  readonly paddedTokens: number;
  /** Time the device was busy. */
  readonly busyMs: number;
}
