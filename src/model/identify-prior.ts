import { basename, join, resolve } from 'node:path';
import type { ManifestPrior } from '../manifest/manifest.ts';
import { findModelFile } from './find-model-file.ts';
import { fingerprintModel } from './fingerprint-model.ts';
import type { PriorOptions } from './load-prior.ts';
import { priorFingerprints } from './prior-fingerprints.ts';
import { readModelConfig } from './read-model-config.ts';
import { readModelFile } from './read-model-file.ts';

/**
 * Says which prior `loadPrior` would open, by its contents, without opening it: neither device nor threads are needed.
 *
 * @throws ToeditError MODEL_INVALID or TOKENIZER_INVALID.
 */
export async function identifyPrior(
  path: string,
  { modelFile, device = 'cpu' }: Pick<PriorOptions, 'modelFile' | 'device'> = {},
): Promise<ManifestPrior> {
  const directory = resolve(path);
  await readModelConfig(directory);
  const found = await findModelFile(directory, modelFile);
  const file = join(directory, found);
  const graphFingerprint = await fingerprintModel(file, await readModelFile(file));
  const { modelFingerprint, tokenizerFingerprint } = await priorFingerprints(
    directory,
    graphFingerprint,
  );
  return {
    ...{ name: basename(directory), path: directory, modelFile: found, device },
    ...{ modelFingerprint, tokenizerFingerprint },
  };
}
