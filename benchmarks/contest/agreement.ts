import { leastLogprob } from '../../src/resampling/resampling-options.ts';

/** How far two tools' logprobs of the same tokens lie apart. */
export interface Agreement {
  /** Absolute differences of natural logs. */
  readonly mean: number;
  readonly worst: number;
  /** Tokens that one redraws at P >= 0.99 and the other does not. */
  readonly decisions: number;
  /** Tokens that the second redraws. */
  readonly eligible: number;
}

/** @throws Error where they are not of the same number of tokens. */
export function agreement(reference: Float32Array, other: Float32Array): Agreement {
  if (reference.length !== other.length) {
    throw new Error(`${String(other.length)} logprobs, not ${String(reference.length)}`);
  }
  const eligible = leastLogprob(0.99, true);
  const differences = other.map((logprob, i) => Math.abs(logprob - (reference[i] ?? Number.NaN)));
  return {
    mean: differences.reduce((sum, each) => sum + each, 0) / other.length,
    worst: differences.reduce((most, each) => Math.max(most, each), 0),
    decisions: other.filter((l, i) => l >= eligible !== (reference[i] ?? 0) >= eligible).length,
    eligible: other.filter((logprob) => logprob >= eligible).length,
  };
}
