import { join } from 'node:path';
import { precisionOf } from '../onnx/element-types.ts';
import type { ManifestPrior } from '../run/manifest/manifest.ts';
import { findModelFile } from './find-model-file.ts';
import { fingerprintModel, priorFingerprints } from './fingerprint-model.ts';
import { cacheDirectory, type PriorOptions } from './load-prior.ts';
import { locateModel, priorNameOf } from './locate-model.ts';
import { readModelConfig, readModelFile } from './read-model-files.ts';

/**
 * Says which prior `loadPrior` would open, by its contents, without opening it: neither device nor threads are needed. A model of the hub is
 * downloaded.
 *
 * @throws ToeditError MODEL_INVALID or TOKENIZER_INVALID; BAD_OPTION, and of the hub, as `loadPrior`.
 */
export async function identifyPrior(
  path: string,
  { device = 'cpu', ...wanted }: Pick<PriorOptions, 'modelFile' | 'dtype' | 'device' | 'hub'> = {},
): Promise<ManifestPrior> {
  const place = await locateModel(path, wanted);
  const { directory, hub, ...request } = place;
  await readModelConfig(directory);
  const found = await findModelFile(directory, request);
  const file = join(directory, found);
  const content = await readModelFile(file);
  const graphFingerprint = await fingerprintModel(file, content, cacheDirectory());
  const { modelFingerprint, tokenizerFingerprint } = await priorFingerprints(
    directory,
    graphFingerprint,
  );
  return {
    ...{ name: priorNameOf(place), path: directory, modelFile: found, device },
    ...(hub !== null && { hub }),
    precision: precisionOf(content.model),
    ...{ modelFingerprint, tokenizerFingerprint },
  };
}
