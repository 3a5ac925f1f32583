import type { MicroBatch } from '../inference/micro-batch.ts';
import { loadPrior, type Prior, type PriorOptions } from '../model/load-prior.ts';
import { plainEnglish } from '../text/plain-english.ts';
import { greatestDifference } from './device-findings.ts';

/**
 * How far the log-probabilities of a prior lie from those that the CPU gives: the greatest difference over some plain English.
 * Null where the CPU computes, or cannot open the prior. Infinity where a number is none.
 *
 * @param options - those that it was opened with
 * @throws ToeditError as `score`.
 */
export async function differenceFromCpu(
  prior: Prior,
  options: PriorOptions,
): Promise<number | null> {
  if (prior.device === 'cpu') return null;
  const [encoded = new Int32Array()] = await prior.encode([plainEnglish]);
  const tokenIds = encoded.subarray(0, Math.min(64, prior.maxTokens));
  if (tokenIds.length < 2) return null;
  const settings = { ...options, device: 'cpu', devices: undefined } as const;
  const reference = await loadPrior(prior.directory, settings).catch(() => null);
  if (reference === null) return null;
  try {
    const batch = wholeWindow(tokenIds);
    const [here, there] = [await prior.score(batch), await reference.score(batch)];
    return greatestDifference([...here.logprobs], [...there.logprobs]);
  } finally {
    await reference.close();
  }
}

function wholeWindow(tokenIds: Int32Array): MicroBatch {
  const width = tokenIds.length;
  return { size: 1, width, tokenIds, spans: Int32Array.of(1, width), logThreshold: 0, topK: 1 };
}
