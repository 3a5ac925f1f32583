import { readFile } from 'node:fs/promises';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import { readOnnxModel } from '../onnx/read-onnx-model.ts';
import { modelInvalid } from './model-invalid.ts';

/** An ONNX file, without its external data. */
export interface ModelFile {
  readonly graph: Uint8Array;
  readonly model: OnnxModel;
  /** The files of its external data, relative to its directory. */
  readonly locations: readonly string[];
}

/**
 * Reads an ONNX file.
 *
 * @throws ToeditError MODEL_INVALID
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const graph = await readFile(path).catch((cause: unknown) => {
    throw modelInvalid(path, `it cannot be read: ${String(cause)}`, cause);
  });
  const model = parse(graph, path);
  const locations = model.initializers.flatMap(({ externalLocation }) => externalLocation ?? []);
  return { graph, model, locations: [...new Set(locations)] };
}

function parse(graph: Uint8Array, path: string): OnnxModel {
  try {
    return readOnnxModel(graph);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw modelInvalid(path, `it is not an ONNX file (${reason})`, cause);
  }
}
