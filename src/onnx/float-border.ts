import { makeNode, makeValue } from './make-onnx.ts';
import { readNode } from './onnx-file.ts';
import { elementTypes, type OnnxModel, type OnnxNode, type OnnxValue } from './onnx-model.ts';

/**
 * The model with float32 in the place of narrower floats wherever a state enters or leaves it: an input `past.0` is called
 * `past.0/float32`, and cast as it comes in; an output `present.0` is cast as it leaves. Logits stay as they are.
 *
 * From version 24 on Node has a `Float16Array`, and onnxruntime-node then neither makes nor reads tensors of float16. A float16
 * widened and narrowed again is the same to the bit.
 */
export function withFloatBorder(model: OnnxModel): OnnxModel {
  const constants = new Set(model.initializers.map(({ name }) => name));
  const isCast = (value: OnnxValue): boolean =>
    isNarrow(value.elementType) && value.name !== 'logits' && !constants.has(value.name);
  const inputs = model.inputs.filter(isCast);
  const outputs = model.outputs.filter(isCast);
  if (inputs.length === 0 && outputs.length === 0) return model;
  const widened = (value: OnnxValue): OnnxValue => (isCast(value) ? asFloat(value) : value);
  return {
    ...model,
    inputs: model.inputs.map(widened),
    outputs: model.outputs.map(widened),
    nodes: [
      ...inputs.map(({ name, elementType }) => narrowing(name, elementType)),
      ...model.nodes,
      ...outputs.map(({ name }) => widening(name)),
    ],
  };
}

/** How a value crosses from one graph to another: as float32, whatever it is within them. */
export interface FloatCrossing {
  /** What the value is called on its way. */
  readonly name: string;
  /** To stand behind the nodes of the graph that it leaves. */
  readonly leaving: readonly OnnxNode[];
  /** To stand before the nodes of the graph that it enters. */
  readonly entering: readonly OnnxNode[];
}

/** The nodes by which a value of that element type (TensorProto.DataType) crosses; none for a float32. */
export function floatCrossing(name: string, elementType: number): FloatCrossing {
  if (!isNarrow(elementType)) return { name, leaving: [], entering: [] };
  return {
    name: floatName(name),
    leaving: [widening(name)],
    entering: [narrowing(name, elementType)],
  };
}

function isNarrow(elementType: number): boolean {
  return elementType === elementTypes.float16 || elementType === elementTypes.bfloat16;
}

function floatName(name: string): string {
  return `${name}/float32`;
}

function asFloat({ name, shape }: OnnxValue): OnnxValue {
  const elementType = elementTypes.float;
  const wide = floatName(name);
  return { name: wide, elementType, shape, bytes: makeValue(wide, elementType, shape) };
}

function widening(name: string): OnnxNode {
  return cast(name, floatName(name), elementTypes.float);
}

function narrowing(name: string, elementType: number): OnnxNode {
  return cast(floatName(name), name, elementType);
}

function cast(from: string, to: string, elementType: number): OnnxNode {
  return readNode(makeNode('Cast', { inputs: [from], outputs: [to] }, { to: elementType }));
}
