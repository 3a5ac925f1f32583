/**
 * How large a micro-batch of several windows may be: what a device refuses makes it smaller, for good. Those who share a
 * device share a budget.
 */
export interface MicroBatchBudget {
  /** Tokens of a micro-batch, padding included; Infinity until the device refuses one. */
  readonly maxTokens: number;
  /** Keeps micro-batches to at most so many tokens from now on. */
  lower(maxTokens: number): void;
}

/** A budget without a limit, as yet. */
export function microBatchBudget(): MicroBatchBudget {
  let least = Number.POSITIVE_INFINITY;
  return {
    get maxTokens() {
      return least;
    },
    lower(maxTokens) {
      least = Math.min(least, maxTokens);
    },
  };
}
