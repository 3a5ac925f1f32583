import { dirname, join } from 'node:path';
import { findModelFile } from '../model/find-model-file.ts';
import { locateModel, type ModelRequest } from '../model/locate-model.ts';
import {
  type ModelConfig,
  modelInvalid,
  readModelConfig,
  readModelFile,
  requireInside,
} from '../model/read-model-files.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import { findLayers, type QuantisableModel } from './find-layers.ts';

/** A float32 model that is to be quantised. */
export interface SourceModel extends QuantisableModel, Pick<ModelConfig, 'headSize'> {
  /** The model directory. */
  readonly root: string;
  /** The graph, relative to it. */
  readonly modelFile: string;
  /** The graph. */
  readonly path: string;
  /** Where its external data are named from. */
  readonly directory: string;
  readonly model: OnnxModel;
}

/** Where probes of a model are written and run. */
export interface Workplace {
  /** An empty directory. */
  readonly directory: string;
  /** Threads inside one operation; 0 lets ONNX Runtime choose. */
  readonly threads: number;
  /** Ends the work between two passes. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the graph of a model directory, but no weights, and finds what can be quantised in it.
 *
 * @throws ToeditError MODEL_INVALID, naming the node that stands in the way; BAD_OPTION as `loadPrior`.
 */
export async function readSourceModel(model: string, options: ModelRequest): Promise<SourceModel> {
  const { directory: root, ...request } = await locateModel(model, options);
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
