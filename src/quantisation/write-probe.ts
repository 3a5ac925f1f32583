import { join } from 'node:path';
import { openProbe, type Probe } from '../inference/open-probe.ts';
import { inputsToFeed } from '../onnx/inputs-to-feed.ts';
import { makeValue } from '../onnx/make-onnx.ts';
import { elementTypes } from '../onnx/onnx-model.ts';
import { sliceGraph } from '../onnx/slice-graph.ts';
import type { RewrittenGraph } from './rewrite-layers.ts';
import type { SourceModel, Workplace } from './source-model.ts';
import { writeGraph } from './write-graph.ts';

/** A graph made from a model, to look into it. */
export interface ProbeGraph extends RewrittenGraph {
  readonly name: string;
  /** Further inputs: float32 `[]`. */
  readonly scalars: readonly string[];
  /** float32. */
  readonly outputs: readonly string[];
}

/**
 * Writes such a graph and opens it.
 *
 * @throws ToeditError MODEL_INVALID where ONNX Runtime refuses it.
 */
export async function writeProbe(
  source: SourceModel,
  graph: ProbeGraph,
  { directory, threads }: Workplace,
): Promise<Probe> {
  const path = join(directory, `${graph.name}.onnx`);
  const { model, headSize } = source;
  await writeGraph(path, {
    ...{ model, directory: source.directory, graph, metadata: [] },
    inputs: graph.scalars.map((name) => makeValue(name, elementTypes.float, [])),
    outputs: new Map(graph.outputs.map((name) => [name, makeValue(name, elementTypes.float)])),
  });
  const slice = sliceGraph({ ...model, nodes: graph.nodes }, graph.outputs);
  const inputs = inputsToFeed(model, slice);
  return openProbe({ path, inputs, headSize, threads }, source.path);
}
