import { producersOf } from './find-cut.ts';
import { elementTypes, type OnnxModel, type OnnxNode } from './onnx-model.ts';

/**
 * The element type of a value (TensorProto.DataType): as the file states it, else from the nodes that lead to it, of
 * which all but a few kinds keep the type of their first input. 0 where even that does not show it.
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

/**
 * What a model computes in, in words: by its quantised operations, else by its weights, as they are or as they are widened.
 * `int8` is what `toedit quantise` makes; other products of 8-bit integers are named behind it, in brackets.
 */
export function precisionOf({
  nodes,
  initializers,
}: Pick<OnnxModel, 'nodes' | 'initializers'>): string {
  const operations = new Set(nodes.map(({ opType }) => opType));
  const find = (kind: RegExp): string | undefined =>
    [...operations].find((name) => kind.test(name));
  if (operations.has('MatMulIntegerToFloat')) return 'int8';
  const integer = find(/^DynamicQuantize/) ?? find(/Integer$|^QLinear|^QGemm$/);
  if (integer !== undefined) return `int8 (${integer})`;
  const packed = find(/^MatMul(?:NBits|Bnb4)$|^DequantizeLinear$/);
  if (packed !== undefined) return `quantised (${packed})`;
  return floatPrecision({ nodes, initializers });
}

function floatPrecision({
  nodes,
  initializers,
}: Pick<OnnxModel, 'nodes' | 'initializers'>): string {
  const named = (type: number) =>
    initializers.filter(({ elementType }) => elementType === type).map(({ name }) => name);
  const halves = new Set(named(elementTypes.float16));
  const widened = nodes.filter(
    ({ castTo, inputs }) => castTo === elementTypes.float && halves.has(inputs[0] ?? ''),
  );
  const narrow = halves.size - widened.length;
  return narrow > named(elementTypes.float).length + widened.length ? 'float16' : 'float32';
}
