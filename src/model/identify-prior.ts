import { basename, join, resolve } from 'node:path';
import { precisionOf } from '../onnx/element-types.ts';
import type { ManifestPrior } from '../run/manifest/manifest.ts';
import { findModelFile } from './find-model-file.ts';
import { fingerprintModel, priorFingerprints } from './fingerprint-model.ts';
import { cacheDirectory, type PriorOptions } from './load-prior.ts';
import { readModelConfig, readModelFile } from './read-model-files.ts';

/**
 * Says which prior `loadPrior` would open, by its contents, without opening it: neither device nor threads are needed.
 *
 * @throws ToeditError MODEL_INVALID or TOKENIZER_INVALID; BAD_OPTION as `loadPrior`.
 */
export async function identifyPrior(
  path: string,
  { modelFile, dtype, device = 'cpu' }: Pick<PriorOptions, 'modelFile' | 'dtype' | 'device'> = {},
): Promise<ManifestPrior> {
  const directory = resolve(path);
  await readModelConfig(directory);
  const found = await findModelFile(directory, { modelFile, dtype });
  const file = join(directory, found);
  const content = await readModelFile(file);
  const graphFingerprint = await fingerprintModel(file, content, cacheDirectory());
  const { modelFingerprint, tokenizerFingerprint } = await priorFingerprints(
    directory,
    graphFingerprint,
  );
  return {
    ...{ name: basename(directory), path: directory, modelFile: found, device },
    precision: precisionOf(content.model),
    ...{ modelFingerprint, tokenizerFingerprint },
  };
}
