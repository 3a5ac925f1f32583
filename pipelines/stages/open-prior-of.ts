import { stat } from 'node:fs/promises';
import { ToeditError } from '../../src/errors.ts';
import { type Batching, defaultBatching } from '../../src/inference/engine-options.ts';
import { hasInt8DotProduct, readCpuinfo } from '../../src/inference/processor.ts';
import { resolveReading } from '../../src/inference/resolve-scoring.ts';
import { cacheDirectory, loadPrior, type Prior } from '../../src/model/load-prior.ts';
import { pinned } from '../../src/model/locate-model.ts';
import type { Manifest, ManifestPrior } from '../../src/run/manifest/manifest.ts';
import { int8Warning } from '../../src/tuning/diagnosis.ts';
import { measureInt8 } from '../../src/tuning/machine-facts.ts';
import {
  isNoisy,
  readTuning,
  tuneBatching,
  tuningFile,
  writeTuning,
} from '../../src/tuning/tune-batching.ts';
import { optionsOfManifest, type RunOptions } from './corpus-options.ts';

/**
 * Opens the prior that a run was planned with.
 *
 * @throws ToeditError `MANIFEST_CONFLICT` where it is another by now; `BAD_OPTION` where the options do not fit it; as
 * `loadPrior`.
 */
export async function openPriorOf(
  manifest: Manifest,
  options: Pick<RunOptions, 'devices' | 'threads' | 'maxBatchTokens' | 'hub' | RunHooks> & {
    readonly model?: string | undefined;
  },
): Promise<Prior> {
  const { model, devices, threads, maxBatchTokens } = options;
  const { modelFile, device } = manifest.prior;
  const hub = { signal: options.signal, onNotice: options.onNotice, ...options.hub };
  const path = await placeOf(manifest.prior, model);
  const prior = await loadPrior(path, { modelFile, device, devices, threads, hub });
  try {
    const asked = maxBatchTokens === 'auto' ? undefined : maxBatchTokens;
    resolveReading(prior, { ...optionsOfManifest(manifest), maxBatchTokens: asked });
    requireSame(manifest, prior);
    return prior;
  } catch (error) {
    await prior.close();
    throw error;
  }
}

type RunHooks = 'signal' | 'onNotice';

/** Where another machine has planned the run, the hub has the same commit. */
async function placeOf({ path, hub }: ManifestPrior, model: string | undefined): Promise<string> {
  if (model !== undefined) return await pinned(model, hub);
  const isThere = (await stat(path).catch(() => undefined)) !== undefined;
  return isThere || hub === undefined ? path : `hf://${hub.name}@${hub.commit}`;
}

function requireSame({ prior: planned }: Manifest, found: Prior): void {
  for (const part of ['model', 'tokenizer'] as const) {
    if (planned[`${part}Fingerprint`] === found[`${part}Fingerprint`]) continue;
    throw new ToeditError(
      'MANIFEST_CONFLICT',
      `the ${part} in ${found.directory} is not the one that the run was planned with; put that back, name its directory with --model, or write to another output directory`,
      { place: { file: found.directory } },
    );
  }
}

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
    return { runTokens: (remembered ?? defaultBatching).runTokens, maxBatchTokens };
  }
  if (remembered !== null) return batchingIn(remembered);
  if (maxBatchTokens !== 'auto') return defaultBatching;
  onNotice?.('measuring which micro-batches suit this machine, to remember it');
  const tuning = await tuneBatching(prior, signal);
  if (isNoisy(tuning.passes))
    onNotice?.('this machine is busy: the default is kept, and nothing remembered');
  await writeTuning(file, tuning);
  return batchingIn(tuning);
}

/** Without what it was measured by. */
function batchingIn({ maxBatchTokens, runTokens }: Batching): Batching {
  return { maxBatchTokens, runTokens };
}

/** What is asked of the processor. */
export interface ProcessorTrial {
  /** As Linux describes it; null on other systems. */
  readonly cpuinfo: () => Promise<string | null>;
  /** As {@link measureInt8}. */
  readonly measure: () => Promise<number | null>;
}

/** Warns the user of an int8 prior that the processor is not made for it, and measures how fast it is; silent elsewhere. */
export async function noticeSlowInt8(
  prior: Pick<Prior, 'device' | 'precision'>,
  onNotice: ((notice: string) => void) | undefined,
  { cpuinfo, measure }: ProcessorTrial = { cpuinfo: readCpuinfo, measure: measureInt8 },
): Promise<void> {
  if (onNotice === undefined) return;
  const hasDotProduct = hasInt8DotProduct(await cpuinfo());
  if (int8Warning(prior, { hasDotProduct, speed: null }) === null) return;
  const warning = int8Warning(prior, { hasDotProduct, speed: await measure() });
  if (warning !== null) onNotice(warning);
}
