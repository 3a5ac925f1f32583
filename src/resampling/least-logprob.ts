import { logThreshold } from './log-threshold.ts';

/**
 * The least float32 log-probability that is eligible: so that one comparison, `logprob >= leastLogprob`, decides for
 * inclusive and exclusive thresholds alike. Infinity where the threshold is null or no logprob is eligible.
 */
export function leastLogprob(threshold: number | null, inclusive: boolean): number {
  if (threshold === null) return Number.POSITIVE_INFINITY;
  const at = logThreshold(threshold);
  return inclusive ? at : nextFloat32(at);
}

/** The next float32 above a value that is not positive; Infinity above 0, the greatest logprob. */
function nextFloat32(value: number): number {
  if (value >= 0) return Number.POSITIVE_INFINITY;
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] ?? 0) - 1;
  return new Float32Array(bits.buffer)[0] ?? Number.NaN;
}
