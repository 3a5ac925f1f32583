import type { MicroBatch, MicroBatchScores } from '../src/inference/micro-batch.ts';
import type { Prior } from '../src/model/load-prior.ts';

/** Of the positions of a window, one in so many is eligible: 3 %, as in English prose. */
const eligibleEvery = 33;

/**
 * The prior without its forward pass, so that the pipeline around it can be measured. Which tokens are eligible depends on
 * their position in the window alone. Their candidates, the token itself and those after it, are equally probable: of the
 * eligible tokens most are redrawn, which is more splicing than any prior asks for.
 */
export function nullPrior(prior: Prior): Prior {
  return { ...prior, score: (batch) => Promise.resolve(scoresOf(batch)) };
}

function scoresOf({ spans, size, width, tokenIds, topK }: MicroBatch): MicroBatchScores {
  const selected: number[] = [];
  const topIds: number[] = [];
  let count = 0;
  for (let window = 0; window < size; window++) {
    const from = spans[2 * window] ?? 0;
    const end = spans[2 * window + 1] ?? 0;
    for (let at = from; at < end; at++, count++) {
      if (at % eligibleEvery !== 0) continue;
      selected.push(count);
      for (let i = 0; i < topK; i++) {
        topIds.push(tokenIds[window * width + ((at + i) % end)] ?? 0);
      }
    }
  }
  const logprobs = new Float32Array(count).fill(-1);
  for (const index of selected) logprobs[index] = 0;
  return {
    logprobs,
    selected: Int32Array.from(selected),
    topIds: Int32Array.from(topIds),
    topLogprobs: new Float32Array(topIds.length).fill(Math.log(1 / topK)),
    busyMs: 0,
  };
}
