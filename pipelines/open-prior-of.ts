import { ToeditError } from '../src/errors.ts';
import { resolveReading } from '../src/inference/resolve-scoring.ts';
import { loadPrior, type Prior } from '../src/model/load-prior.ts';
import type { Manifest } from '../src/run/manifest/manifest.ts';
import type { RunOptions } from './corpus-options.ts';
import { optionsOfManifest } from './output-options.ts';

/**
 * Opens the prior that a run was planned with.
 *
 * @throws ToeditError `MANIFEST_CONFLICT` where it is another by now; `BAD_OPTION` where the options do not fit it; as
 * `loadPrior`.
 */
export async function openPriorOf(
  manifest: Manifest,
  options: Pick<RunOptions, 'devices' | 'threads' | 'maxBatchTokens'> & {
    readonly model?: string | undefined;
  },
): Promise<Prior> {
  const { model, devices, threads, maxBatchTokens } = options;
  const { path, modelFile, device } = manifest.prior;
  const prior = await loadPrior(model ?? path, { modelFile, device, devices, threads });
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
