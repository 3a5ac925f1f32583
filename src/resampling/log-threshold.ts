/**
 * The number that log-probabilities are compared with: the natural log of a probability, rounded to float32. Scoring
 * and resampling compare the same float32 numbers, so that both take the same decision at the threshold.
 */
export function logThreshold(probability: number): number {
  return Math.fround(Math.log(probability));
}
