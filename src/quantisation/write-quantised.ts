import { makeMetadata } from '../onnx/metadata.ts';
import type { Smoothing } from './fold-smoothing.ts';
import type { Layer } from './layer.ts';
import { rewriteLayers } from './rewrite-layers.ts';
import type { SourceModel } from './source-model.ts';
import { writeGraph } from './write-graph.ts';

/** How a model is quantised. */
export interface Recipe {
  readonly smoothing: Smoothing;
  /** The layers that stay in float32. */
  readonly float32: ReadonlySet<Layer>;
}

/**
 * Writes a model with its layers in int8, and its external data beside it. Inputs and outputs, the head and the embedding stay as
 * they are.
 *
 * @param metadata - kept in the file
 */
export async function writeQuantised(
  path: string,
  source: SourceModel,
  { smoothing, float32 }: Recipe,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const { model, layers, directory } = source;
  const styleOf = (layer: Layer) => (float32.has(layer) ? 'float32' : 'int8');
  await writeGraph(path, {
    ...{ model, directory, inputs: [], metadata: makeMetadata(metadata) },
    graph: rewriteLayers(model, { layers, smoothing, styleOf }),
    outputs: new Map(model.outputs.map(({ name, bytes }) => [name, bytes])),
  });
}
