/** How windows are brought together in micro-batches. */
export interface Batching {
  /** Tokens of a micro-batch, padding included; a longer window runs alone. */
  readonly maxBatchTokens: number;
  /** The fixed cost of one forward pass, in tokens: where padding would cost more, windows run apart. */
  readonly runTokens: number;
}

/** Where nothing was measured: what a model of 135M parameters does well with on two cores. */
export const defaultBatching: Batching = { maxBatchTokens: 1024, runTokens: 64 };
