import type { Prior } from '../model/load-prior.ts';
import { chooseBatching } from './choose-batching.ts';
import { measurePasses } from './measure-passes.ts';
import { sampleText } from './sample-text.ts';
import type { Tuning } from './tuning-file.ts';

/**
 * Measures which micro-batches suit a prior where it is opened: in a few seconds, or the time of five small passes where that is more.
 *
 * @throws ToeditError as `measurePasses`.
 */
export async function tuneBatching(prior: Prior, signal?: AbortSignal): Promise<Tuning> {
  const [encoded = new Int32Array()] = await prior.encode([sampleText]);
  const measured = await measurePasses({
    score: (batch) => {
      signal?.throwIfAborted();
      return prior.score(batch);
    },
    tokenIds: encoded.length > 0 ? encoded : new Int32Array(1),
    windowTokens: Math.min(64, prior.maxTokens),
    mostTokens: prior.device === 'cpu' ? mostOnCpu : mostElsewhere,
  });
  return { ...chooseBatching(measured), ...measured };
}

/** Long windows need more memory a token than those that are timed; the CPU's is everybody's, and refuses nothing. */
const mostOnCpu = 4096;
const mostElsewhere = 16_384;
