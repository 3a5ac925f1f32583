import { elementTypes, type OnnxModel } from './onnx-model.ts';

/** What a model computes in, in words: by its quantised operations, else by its weights, as they are or as they are widened. */
export function precisionOf({
  nodes,
  initializers,
}: Pick<OnnxModel, 'nodes' | 'initializers'>): string {
  const quantised = nodes.find(({ opType }) =>
    /^MatMulNBits$|Integer$|^DynamicQuantize/.test(opType),
  );
  if (quantised !== undefined) return `quantised (${quantised.opType})`;
  const named = (type: number) =>
    initializers.filter(({ elementType }) => elementType === type).map(({ name }) => name);
  const halves = new Set(named(elementTypes.float16));
  const widened = nodes.filter(
    ({ castTo, inputs }) => castTo === elementTypes.float && halves.has(inputs[0] ?? ''),
  );
  const narrow = halves.size - widened.length;
  return narrow > named(elementTypes.float).length + widened.length ? 'float16' : 'float32';
}
