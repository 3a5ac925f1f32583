import type { MicroBatch, MicroBatchScores } from './micro-batch.ts';

/**
 * Scores each window of a micro-batch in a forward pass of its own, without padding: where a graph mixes what it reads together, a text's
 * scores would else depend on the texts beside it.
 *
 * @param score - scores one window
 */
export async function scoreOneByOne(
  batch: MicroBatch,
  score: (window: MicroBatch) => Promise<MicroBatchScores>,
): Promise<MicroBatchScores> {
  const parts: MicroBatchScores[] = [];
  for (let window = 0; window < batch.size; window++) {
    const alone = windowOf(batch, window);
    if (alone !== null) parts.push(await score(alone));
  }
  return joinScores(parts);
}

/** A window as long as what is scored of it; null where that is nothing. */
function windowOf(batch: MicroBatch, window: number): MicroBatch | null {
  const spans = batch.spans.slice(2 * window, 2 * window + 2);
  const [from = 0, width = 0] = spans;
  if (from >= width) return null;
  const start = window * batch.width;
  return { ...batch, size: 1, width, tokenIds: batch.tokenIds.slice(start, start + width), spans };
}

function joinScores(parts: readonly MicroBatchScores[]): MicroBatchScores {
  let scored = 0;
  const selected = parts.flatMap((part) => {
    const from = scored;
    scored += part.logprobs.length;
    return Array.from(part.selected, (at) => from + at);
  });
  return {
    logprobs: Float32Array.from(parts.flatMap(({ logprobs }) => Array.from(logprobs))),
    selected: Int32Array.from(selected),
    topIds: Int32Array.from(parts.flatMap(({ topIds }) => Array.from(topIds))),
    topLogprobs: Float32Array.from(parts.flatMap(({ topLogprobs }) => Array.from(topLogprobs))),
    busyMs: parts.reduce((sum, { busyMs }) => sum + busyMs, 0),
  };
}
