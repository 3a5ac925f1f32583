/** Whose logprobs are wanted: those of eligible tokens, or of all. */
export type ScoresWanted = 'eligible' | 'all';

/** Windows of tokens that run together, padded to one length. */
export interface MicroBatch {
  /** Windows. */
  readonly size: number;
  /** Tokens a window, padding included. */
  readonly width: number;
  /** `[size * width]`, row-major; padding stands at the right and is never seen by a causal model's other tokens. */
  readonly tokenIds: Int32Array;
  /** `[size * 2]`: for each window the first scored position (at least 1) and the position after the last one. */
  readonly spans: Int32Array;
  /** Scored tokens with a logprob at or above this float32 value get candidates; Infinity for none. */
  readonly logThreshold: number;
  /** Candidates a token, at least 1. */
  readonly topK: number;
  /** `eligible` where only tokens at or above `logThreshold` need a logprob. @defaultValue 'all' */
  readonly scores?: ScoresWanted | undefined;
}

/** What the prior says of the scored tokens of a micro-batch, window by window, by rising position. */
export interface MicroBatchScores {
  /**
   * `[scored]`: natural log P(token given those before it). Where only eligible tokens' are wanted, NaN stands for every one that is
   * below `logThreshold` by more than `omissionDistance`, and for no other.
   */
  readonly logprobs: Float32Array;
  /** `[selected]`: indices into `logprobs` of the tokens that have candidates, ascending. */
  readonly selected: Int32Array;
  /** `[selected * topK]`: token ids, most probable first, ties by id. */
  readonly topIds: Int32Array;
  /** `[selected * topK]`. */
  readonly topLogprobs: Float32Array;
  /** Time that the device was busy with this micro-batch. */
  readonly busyMs: number;
}

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
