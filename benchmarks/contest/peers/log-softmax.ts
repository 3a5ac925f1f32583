/**
 * Log-softmax at each token's successor, `[tokens - 1]`, with the top 8 where it is at least 0.99: two passes over each row of
 * logits, as one would write it by hand.
 *
 * @param logits - `[tokens, vocabulary]`, float32
 */
export function logSoftmax(logits: Float32Array, ids: readonly number[]): Float32Array {
  const vocabulary = logits.length / ids.length;
  const scores = new Float32Array(ids.length - 1);
  for (let at = 0; at < scores.length; at++) {
    const row = logits.subarray(at * vocabulary, (at + 1) * vocabulary);
    scores[at] = (row[ids[at + 1] ?? 0] ?? Number.NaN) - logSumOfExponentials(row);
    if ((scores[at] ?? Number.NaN) >= eligible) greatest(row, 8);
  }
  return scores;
}

const eligible = Math.log(0.99);

function logSumOfExponentials(row: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < row.length; i++) most = Math.max(most, row[i] ?? Number.NaN);
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp((row[i] ?? Number.NaN) - most);
  return most + Math.log(sum);
}

/** The indices of the greatest values, greatest first. */
function greatest(row: Float32Array, count: number): number[] {
  const found: number[] = [];
  const valueAt = (index: number | undefined): number =>
    row[index ?? -1] ?? Number.NEGATIVE_INFINITY;
  row.forEach((value, index) => {
    if (found.length === count && value <= valueAt(found.at(-1))) return;
    const place = found.findIndex((other) => valueAt(other) < value);
    found.splice(place === -1 ? found.length : place, 0, index);
    found.length = Math.min(found.length, count);
  });
  return found;
}
