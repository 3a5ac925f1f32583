import { dirname, join, resolve } from 'node:path';
import { findModelFile, type ModelFileRequest } from '../model/find-model-file.ts';
import { modelInvalid } from '../model/model-invalid.ts';
import { readModelConfig } from '../model/read-model-config.ts';
import { readModelFile } from '../model/read-model-file.ts';
import { requireInside } from '../model/require-inside.ts';
import { findLayers } from './find-layers.ts';
import type { SourceModel } from './source-model.ts';

/**
 * Reads the graph of a model directory, but no weights, and finds what can be quantised in it.
 *
 * @throws ToeditError MODEL_INVALID, naming the node that stands in the way; BAD_OPTION as `loadPrior`.
 */
export async function readSourceModel(
  model: string,
  request: ModelFileRequest,
): Promise<SourceModel> {
  const root = resolve(model);
  const { headSize } = await readModelConfig(root);
  const modelFile = await findModelFile(root, request);
  const path = join(root, modelFile);
  const { model: graph, locations } = await readModelFile(path);
  try {
    requireInside(locations);
  } catch (cause) {
    throw modelInvalid(path, 'its weights lie outside of its directory', cause);
  }
  const found = findLayers(graph, path);
  return { root, modelFile, path, directory: dirname(path), model: graph, headSize, ...found };
}
