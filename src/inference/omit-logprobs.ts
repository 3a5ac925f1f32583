/** Nats by which a logprob must be below the threshold's to be omitted. */
export const omissionDistance = 0.05;

/**
 * The least logprob, a float64, that is kept where only eligible tokens' are wanted. What is kept is a function of the logprob
 * alone, however it was found out: so it cannot depend on batching, or on what ran before.
 *
 * @param logThreshold - the least float32 logprob that is eligible; where none is (Infinity), none is kept
 */
export function leastKeptLogprob(logThreshold: number): number {
  return logThreshold - omissionDistance;
}

/** Puts NaN in the place of logprobs that are not kept. */
export function omitLogprobs(logprobs: Float32Array, logThreshold: number): void {
  const least = leastKeptLogprob(logThreshold);
  for (let i = 0; i < logprobs.length; i++) {
    if ((logprobs[i] ?? Number.NaN) < least) logprobs[i] = Number.NaN;
  }
}
