import { type Batching, defaultBatching } from '../src/inference/batching.ts';
import { cacheDirectory } from '../src/model/cache-directory.ts';
import type { Prior } from '../src/model/load-prior.ts';
import { tuneBatching } from '../src/tuning/tune-batching.ts';
import { readTuning, tuningFile, writeTuning } from '../src/tuning/tuning-file.ts';
import type { RunOptions } from './corpus-options.ts';

/**
 * How a run's windows are brought together: as asked for, else as was measured for this prior on this machine, else the default.
 * `auto` measures where nothing is remembered, and remembers.
 *
 * @throws ToeditError as `tuneBatching`; the signal's reason.
 */
export async function batchingOf(
  prior: Prior,
  { maxBatchTokens, signal, onNotice }: Pick<RunOptions, 'maxBatchTokens' | 'signal' | 'onNotice'>,
): Promise<Batching> {
  const file = tuningFile(prior, cacheDirectory());
  const remembered = await readTuning(file);
  if (typeof maxBatchTokens === 'number') {
    return { ...(remembered ?? defaultBatching), maxBatchTokens };
  }
  if (remembered !== null) return remembered;
  if (maxBatchTokens !== 'auto') return defaultBatching;
  onNotice?.('measuring which micro-batches suit this machine; it is remembered');
  const tuning = await tuneBatching(prior, signal);
  await writeTuning(file, tuning);
  return tuning;
}
