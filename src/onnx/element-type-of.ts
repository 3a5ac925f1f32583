import { producersOf } from './find-cut.ts';
import type { OnnxModel, OnnxNode } from './onnx-model.ts';

/**
 * The element type of a value (TensorProto.DataType): as the file states it, else from the nodes that lead to it, of
 * which all but a few kinds keep the type of their first input. 0 where even that does not tell.
 */
export function elementTypeOf(model: OnnxModel, value: string): number {
  const producers = producersOf(model);
  const stated = new Map<string, number>();
  for (const { name, elementType } of [...model.values, ...model.inputs, ...model.initializers]) {
    if (elementType !== 0) stated.set(name, elementType);
  }
  let name: string | undefined = value;
  while (name !== undefined) {
    const known = stated.get(name);
    if (known !== undefined) return known;
    const node = producers.get(name);
    if (node === undefined) return 0;
    if (node.castTo !== 0) return node.castTo;
    name = typedInput(node);
  }
  return 0;
}

/** The input whose type is that of the node's first output; undefined where a subgraph makes the output. */
function typedInput({ opType, inputs, captured }: OnnxNode): string | undefined {
  if (captured.length > 0) return undefined;
  return typedBySecond.has(opType) ? inputs[1] : inputs[0];
}

const typedBySecond = new Set(['CastLike', 'DequantizeLinear', 'Where']);
