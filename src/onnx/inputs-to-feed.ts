import type { OnnxModel, OnnxValue } from './onnx-model.ts';
import type { GraphSlice } from './slice-graph.ts';

/** The inputs of a slice of a model that are no constants: up to IR version 3 the initializers are listed among the inputs, too. */
export function inputsToFeed(
  { initializers }: Pick<OnnxModel, 'initializers'>,
  { inputs }: Pick<GraphSlice, 'inputs'>,
): OnnxValue[] {
  const constants = new Set(initializers.map(({ name }) => name));
  return inputs.filter(({ name }) => !constants.has(name));
}
