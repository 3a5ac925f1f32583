import { elementTypes, type OnnxModel } from './onnx-model.ts';

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
  const integer = find(/Integer$|^DynamicQuantizeM|^QLinear|^QGemm$/);
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
