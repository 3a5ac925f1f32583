import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copyModelFiles } from '../model/copy-model-files.ts';
import type { SourceModel } from './source-model.ts';
import { type Recipe, writeQuantised } from './write-quantised.ts';

/** Where the graph of a quantised model lies in its directory. */
export const quantisedModelFile = 'onnx/model_int8.onnx';

/** Writes a model directory with a quantised graph, and what the source holds beside its weights. */
export async function writeQuantisedDirectory(
  directory: string,
  source: SourceModel,
  recipe: Recipe,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await copyModelFiles(source.root, directory);
  await mkdir(join(directory, 'onnx'));
  await writeQuantised(join(directory, quantisedModelFile), source, recipe, metadata);
}
