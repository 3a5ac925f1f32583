import { type Int8Value, int8Constants, int8Product, int8Rows } from '../onnx/int8-product.ts';
import { makeNode } from '../onnx/make-onnx.ts';
import { renameValues } from '../onnx/onnx-fields.ts';
import { readNode } from '../onnx/onnx-file.ts';
import { elementTypes, type OnnxModel, type OnnxNode } from '../onnx/onnx-model.ts';
import { transpose } from '../onnx/tensors.ts';
import type { Layer, Projection } from './layer.ts';
import {
  bytesOf,
  foldSmoothing,
  type NewTensor,
  type PendingTensors,
  type Smoothing,
  smoothedWeights,
  type WeightChange,
} from './smooth.ts';

/** `gated`: computed both ways; an input of the graph, 0 or 1, says which way counts. */
export type LayerStyle = 'float32' | 'int8' | 'gated';

/** What is to be made of the layers of a model. */
export interface Rewriting {
  readonly layers: readonly Layer[];
  readonly smoothing: Smoothing;
  readonly styleOf: (layer: Layer) => LayerStyle;
}

/** A graph with other layers, not yet written. */
export interface RewrittenGraph {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly PendingTensors[];
  /** Small ones, TensorProtos. */
  readonly constants: readonly Uint8Array[];
}

/** The input that gates a layer: float32 `[]`. */
export const gateOf = ({ name }: Layer): string => `${name}/gate`;

/** Gives layers another arithmetic; values keep their names, and nodes their order. */
export function rewriteLayers(model: OnnxModel, rewriting: Rewriting): RewrittenGraph {
  const { changeOf, renames, vectors } = foldSmoothing(rewriting.smoothing);
  const opset = model.opsets.get('') ?? 0;
  const replacements = new Map<OnnxNode, readonly OnnxNode[]>();
  const tensors = [...vectors];
  for (const layer of rewriting.layers) {
    const style = rewriting.styleOf(layer);
    const { nodes: quantise, rows } = int8Rows(layer.input, opset);
    layer.projections.forEach((projection, i) => {
      const change = changeOf(layer, projection);
      const rewritten = rewriteProjection({ projection, change, rows, style, gate: gateOf(layer) });
      tensors.push(...rewritten.tensors);
      // The input is quantised once, before the first that reads it.
      const before = style === 'float32' || i > 0 ? [] : quantise.map(readNode);
      replacements.set(projection.node, [...before, ...rewritten.nodes]);
    });
  }
  const nodes = model.nodes.flatMap((node) => {
    const names = renames.get(node);
    return replacements.get(node) ?? (names === undefined ? node : renameValues(node, names));
  });
  return { nodes, tensors, constants: int8Constants() };
}

interface Part {
  readonly projection: Projection;
  readonly change: WeightChange;
  readonly rows: Int8Value;
  readonly style: LayerStyle;
  readonly gate: string;
}

interface RewrittenPart {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly PendingTensors[];
}

function rewriteProjection(part: Part): RewrittenPart {
  if (part.style === 'float32') return floatPart(part, new Map());
  const output = part.projection.node.outputs[0] ?? '';
  if (part.style === 'int8') return int8Part(part, output);
  const [exact, rounded] = [`${output}/float32`, `${output}/int8`];
  const parts = [floatPart(part, new Map([[output, exact]])), int8Part(part, rounded)];
  const mixed = mix({ exact, rounded, gate: part.gate, output }).map(readNode);
  return {
    nodes: [...parts.flatMap(({ nodes }) => nodes), ...mixed],
    tensors: parts.flatMap(({ tensors }) => tensors),
  };
}

/** `exact + gate * (rounded - exact)` */
function mix(names: Record<'exact' | 'rounded' | 'gate' | 'output', string>): Uint8Array[] {
  const { exact, rounded, gate, output } = names;
  const [error, share] = [`${output}/error`, `${output}/share`];
  return [
    makeNode('Sub', { inputs: [rounded, exact], outputs: [error] }),
    makeNode('Mul', { inputs: [error, gate], outputs: [share] }),
    makeNode('Add', { inputs: [exact, share], outputs: [output] }),
  ];
}

function floatPart(
  { projection, change }: Part,
  names: ReadonlyMap<string, string>,
): RewrittenPart {
  const { node, inputs, outputs, isTransposed } = projection;
  if (change.multiply === null && change.divide === null) {
    return { nodes: [renameValues(node, names)], tensors: [] };
  }
  const name = `${node.outputs[0] ?? ''}/smoothed`;
  const shape = isTransposed ? [outputs, inputs] : [inputs, outputs];
  const make = async (directory: string): Promise<readonly NewTensor[]> => {
    const values = await smoothedWeights(projection, change, directory);
    const turned = isTransposed ? transpose(values, inputs, outputs) : values;
    return [{ name, elementType: elementTypes.float, shape, bytes: bytesOf(turned) }];
  };
  const renames = new Map([...names, [node.inputs[1] ?? '', name]]);
  return { nodes: [renameValues(node, renames)], tensors: [{ names: [name], make }] };
}

function int8Part({ projection, change, rows }: Part, output: string): RewrittenPart {
  const { inputs, outputs, bias } = projection;
  const own = projection.node.outputs[0] ?? '';
  const [weights, scales] = [`${own}/int8/weights`, `${own}/int8/scales`];
  const make = async (directory: string): Promise<readonly NewTensor[]> => {
    const matrix = quantiseColumns(await smoothedWeights(projection, change, directory), outputs);
    const { int8, float } = elementTypes;
    return [
      { name: weights, elementType: int8, shape: [inputs, outputs], bytes: bytesOf(matrix.codes) },
      { name: scales, elementType: float, shape: [outputs], bytes: bytesOf(matrix.scales) },
    ];
  };
  const nodes = int8Product({ rows, weights, scales, bias, output }).map(readNode);
  return { nodes, tensors: [{ names: [weights, scales], make }] };
}

/** A matrix in 8 bits: each column has one scale, the weights are `codes * scale`. */
export interface QuantisedMatrix {
  /** From -127 to 127, `[inputs, outputs]`. */
  readonly codes: Int8Array;
  /** float32 `[outputs]`. */
  readonly scales: Float32Array;
}

/**
 * Quantises a matrix by columns: the largest absolute value of each becomes 127, ties are rounded to even. A column of zeros,
 * or of numbers below 1e-43, becomes zeros of scale 1.
 *
 * @param weights - `[inputs, outputs]`, row by row
 */
export function quantiseColumns(weights: Float32Array, outputs: number): QuantisedMatrix {
  const largest = largestOf(weights, outputs);
  // The smallest numbers have no 127th part in float32.
  const scales = largest.map((size) => Math.fround(size / 127) || 1);
  const codes = new Int8Array(weights.length);
  for (let i = 0, column = 0; i < weights.length; i++) {
    const code = roundToEven((weights[i] ?? 0) / (scales[column] ?? 1));
    codes[i] = Math.max(-127, Math.min(127, code));
    if (++column === outputs) column = 0;
  }
  return { codes, scales };
}

/** The largest absolute value of each column. */
function largestOf(weights: Float32Array, outputs: number): Float32Array {
  const largest = new Float32Array(outputs);
  for (let i = 0, column = 0; i < weights.length; i++) {
    const size = Math.abs(weights[i] ?? 0);
    if (size > (largest[column] ?? 0)) largest[column] = size;
    if (++column === outputs) column = 0;
  }
  return largest;
}

/** Beyond 2^52 doubles have no fractions: adding and subtracting that rounds as the processor does. */
function roundToEven(value: number): number {
  return value + 6755399441055744 - 6755399441055744;
}
