import { elementTypeOf } from './element-types.ts';
import { makeNode } from './make-onnx.ts';
import { renameValues } from './onnx-fields.ts';
import { readNode } from './onnx-file.ts';
import { elementTypes, type OnnxModel, type OnnxNode } from './onnx-model.ts';

/**
 * The model with those operations in float32 that ONNX Runtime has for the CPU in float32 alone, and otherwise takes apart. It runs
 * float16 there by widening every operation; but of these it widens the parts (of Softmax: Exp, Sum and Div), and Exp rounds a number
 * by its place in memory: a token's score would depend on what else is in the micro-batch. Widening loses nothing
 * (docs/decisions/precisions.md).
 */
export function withWideFunctions(model: OnnxModel): OnnxModel {
  if (!hasHalves(model)) return model;
  const nodes = model.nodes.flatMap((node) => (isNarrow(model, node) ? widened(node) : [node]));
  return { ...model, nodes };
}

function hasHalves({ nodes, initializers, inputs }: OnnxModel): boolean {
  const half = elementTypes.float16;
  return (
    nodes.some(({ castTo }) => castTo === half) ||
    [...initializers, ...inputs].some(({ elementType }) => elementType === half)
  );
}

/** Functions of ONNX that are made of Exp or Log, of one input. */
const functions: ReadonlySet<string> = new Set([
  ...['Softmax', 'LogSoftmax', 'Softplus', 'Elu', 'Selu', 'Celu', 'Mish', 'Swish', 'Gelu'],
]);

function isNarrow(model: OnnxModel, { opType, domain, inputs }: OnnxNode): boolean {
  if (!functions.has(opType) || domain !== '') return false;
  return elementTypeOf(model, inputs[0] ?? '') === elementTypes.float16;
}

function widened(node: OnnxNode): readonly OnnxNode[] {
  const [input = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const [wideInput, wideOutput] = [`toedit/wide/${output}/in`, `toedit/wide/${output}/out`];
  const names = new Map([
    [input, wideInput],
    [output, wideOutput],
  ]);
  const cast = (from: string, to: string, type: number): OnnxNode =>
    readNode(makeNode('Cast', { inputs: [from], outputs: [to] }, { to: type }));
  return [
    cast(input, wideInput, elementTypes.float),
    renameValues(node, names),
    cast(wideOutput, output, elementTypes.float16),
  ];
}

/**
 * Whether a row of what the graph computes depends on all others that are read with it: ONNX Runtime's dynamic quantisation takes one
 * scale for a whole tensor. Such windows must be read one by one.
 */
export function mixesRows({ nodes, otherFields }: OnnxModel): boolean {
  const inner = [
    ...nodes.filter(({ captured }) => captured.length > 0).map(({ bytes }) => bytes),
    ...otherFields,
  ];
  return nodes.some(({ opType }) => dynamic.test(opType)) || inner.some(namesDynamic);
}

const dynamic = /^DynamicQuantize/u;

/** Of subgraphs and functions: no operation's name stands elsewhere in them by chance. */
function namesDynamic(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('DynamicQuantize');
}
