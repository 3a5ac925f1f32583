import { producersOf } from './find-cut.ts';
import type { OnnxInitializer, OnnxModel, OnnxNode, OnnxValue } from './onnx-model.ts';

/** The part of a graph that some values need. */
export interface GraphSlice {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
}

/** All that `outputs` need, in file order, as if the values in `given` were inputs. */
export function sliceGraph(
  model: OnnxModel,
  outputs: readonly string[],
  given: readonly string[] = [],
): GraphSlice {
  const producers = producersOf(model);
  const needed = new Set<string>(given);
  const nodes = new Set<OnnxNode>();
  const pending = outputs.filter((name) => !needed.has(name));
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    const node = producers.get(name);
    if (node === undefined || nodes.has(node)) continue;
    nodes.add(node);
    pending.push(...node.inputs, ...node.captured);
  }
  return {
    nodes: model.nodes.filter((node) => nodes.has(node)),
    initializers: model.initializers.filter(({ name }) => needed.has(name)),
    inputs: model.inputs.filter(({ name }) => needed.has(name) && !given.includes(name)),
  };
}

/** The inputs of a slice of a model that are no constants: up to IR version 3 the initializers are listed among the inputs, too. */
export function inputsToFeed(
  { initializers }: Pick<OnnxModel, 'initializers'>,
  { inputs }: Pick<GraphSlice, 'inputs'>,
): OnnxValue[] {
  const constants = new Set(initializers.map(({ name }) => name));
  return inputs.filter(({ name }) => !constants.has(name));
}
