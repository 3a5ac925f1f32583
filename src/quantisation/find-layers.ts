import { ToeditError } from '../errors.ts';
import { dynamicValues, findCut, producersOf } from '../onnx/find-cut.ts';
import { nodeAttributes } from '../onnx/onnx-fields.ts';
import { elementTypes, type OnnxModel, type OnnxNode } from '../onnx/onnx-model.ts';
import { type Constant, constantFinder } from '../onnx/tensors.ts';
import type { Fold, Layer, Projection, Vector } from './layer.ts';

/** The parts of a model that can be quantised. */
export interface QuantisableModel {
  readonly layers: readonly Layer[];
  /** The value that the head reads. */
  readonly hidden: string;
}

/**
 * Finds the layers of a model, but for its head: products of a value and constant weights.
 *
 * @throws ToeditError MODEL_INVALID naming the node, where the model is quantised already, is no float32 model, where weights are
 * not constant, or where the head cannot be distinguished from the rest.
 */
export function findLayers(model: OnnxModel, file: string): QuantisableModel {
  const refuse = (node: OnnxNode | null, reason: string, remedy: string): never => {
    const place = node === null ? '' : `node ${node.name} (${node.opType}): `;
    throw new ToeditError(
      'MODEL_INVALID',
      `${file} cannot be quantised: ${place}${reason}. ${remedy}`,
      {
        place: { file },
      },
    );
  };
  const quantised = model.nodes.find(({ opType }) => quantisedOperation.test(opType));
  if (quantised !== undefined) {
    refuse(quantised, 'it is quantised already', 'Give the float32 file, such as onnx/model.onnx.');
  }
  const cut = findCut(model, 'logits');
  if (!('hidden' in cut)) {
    return refuse(cut.node, `the head cannot be found: ${cut.reason}`, textGeneration);
  }
  const projectionOf = projectionFinder(model, constantFinder(model));
  const projections: Projection[] = [];
  for (const node of model.nodes) {
    if (node === cut.projection) continue;
    const found = projectionOf(node);
    if (found.kind === 'refused') refuse(node, found.reason, found.remedy);
    if (found.kind !== 'projection') continue;
    if (found.projection.weights.elementType === elementTypes.float16) {
      refuse(node, 'it computes in float16', 'Give the float32 file, such as onnx/model.onnx.');
    }
    projections.push(found.projection);
  }
  if (projections.length === 0) {
    refuse(null, 'no MatMul or Gemm has constant weights', textGeneration);
  }
  return { layers: layersOf(model, projections), hidden: cut.hidden };
}

const textGeneration = 'Export the model for text generation in float32.';

const quantisedOperation =
  /^(MatMulNBits|MatMulBnb4|MatMulInteger|MatMulIntegerToFloat|QLinear\w+|DynamicQuantize\w+|DequantizeLinear|QuantizeLinear|QMoE|QAttention|QGemm)$/;

function layersOf(model: OnnxModel, projections: readonly Projection[]): Layer[] {
  const byInput = new Map<string, Projection[]>();
  for (const projection of projections) {
    const [input = ''] = projection.node.inputs;
    byInput.set(input, [...(byInput.get(input) ?? []), projection]);
  }
  const foldOf = foldFinder(model, projections);
  return [...byInput].map(([input, together]) => {
    const [first] = together as [Projection, ...Projection[]];
    const { node, inputs } = first;
    const fold = foldOf(input, together);
    return {
      name: node.name || (node.outputs[0] ?? ''),
      input,
      inputs,
      projections: together,
      fold,
    };
  });
}

/** Inputs of norms, by operation, that its first output is proportional to, together: weight and bias. */
const normVectors: ReadonlyMap<string, readonly number[]> = new Map([
  ['SimplifiedLayerNormalization', [1]],
  ['RMSNormalization', [1]],
  ['LayerNormalization', [1, 2]],
  ['SkipSimplifiedLayerNormalization', [2]],
  ['SkipLayerNormalization', [2, 3]],
]);

/**
 * Returns a function that finds what a layer's smoothing can be folded into: the weight (and bias) of the norm before it, or,
 * where its input is a product of two values, one that comes straight from a projection. Nothing else may read what is made
 * smaller, but for its shape.
 */
function foldFinder(
  model: OnnxModel,
  projections: readonly Projection[],
): (input: string, readers: readonly Projection[]) => Fold | null {
  const producers = producersOf(model);
  const find = constantFinder(model);
  const users = usersOf(model);
  const byOutput = new Map(projections.map((each) => [each.node.outputs[0] ?? '', each]));
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const isReadBy = (value: string, readers: readonly OnnxNode[]): boolean =>
    !outputs.has(value) &&
    (users.get(value) ?? []).every((node) => node.opType === 'Shape' || readers.includes(node));
  const vectorsIn = (values: readonly string[], length: number): Vector[] =>
    values.flatMap((value) => {
      const constant = find(value);
      const isVector = constant?.shape.length === 1 && constant.shape[0] === length;
      return isVector ? [{ value, constant }] : [];
    });

  const normOf = (node: OnnxNode, inputs: number): Fold | null => {
    const places = normVectors.get(node.opType) ?? [];
    const values = places.map((place) => node.inputs[place] ?? '').filter((name) => name !== '');
    const vectors = vectorsIn(values, inputs);
    const isWhole = vectors.length === values.length && vectors.length > 0;
    return isWhole ? { kind: 'norm', node, vectors } : null;
  };
  const factorOf = (node: OnnxNode, inputs: number): Fold | null => {
    const [a, b] = node.inputs;
    // A square would be divided twice.
    if (node.opType !== 'Mul' || node.domain !== '' || a === b) return null;
    const vectors = vectorsIn(node.inputs, inputs);
    if (vectors.length === 1) return { kind: 'norm', node, vectors };
    for (const value of node.inputs) {
      const projection = byOutput.get(value);
      if (projection?.bias !== null || projection.outputs !== inputs) continue;
      if (isReadBy(value, [node])) return { kind: 'projection', projection };
    }
    return null;
  };
  return (input, readers) => {
    const node = producers.get(input);
    const nodes = readers.map((reader) => reader.node);
    if (node === undefined || node.outputs[0] !== input || !isReadBy(input, nodes)) return null;
    const inputs = readers[0]?.inputs ?? 0;
    return normOf(node, inputs) ?? factorOf(node, inputs);
  };
}

function usersOf(model: OnnxModel): Map<string, OnnxNode[]> {
  const users = new Map<string, OnnxNode[]>();
  for (const node of model.nodes) {
    for (const value of [...node.inputs, ...node.captured]) {
      users.set(value, [...(users.get(value) ?? []), node]);
    }
  }
  return users;
}

/** What a node is to a quantiser. */
export type FoundProjection =
  | { readonly kind: 'projection'; readonly projection: Projection }
  /** Not a product with weights: left as it is. */
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly reason: string; readonly remedy: string };

const other: FoundProjection = { kind: 'other' };

/** Returns a function that recognises nodes that are products of a value and constant weights. */
function projectionFinder(
  model: OnnxModel,
  find: (value: string) => Constant | null,
): (node: OnnxNode) => FoundProjection {
  const dynamic = dynamicValues(model);
  const producers = producersOf(model);
  return (node) => {
    const [input = '', weightsName = ''] = node.inputs;
    if (node.domain !== '' || (node.opType !== 'MatMul' && node.opType !== 'Gemm')) return other;
    // Products of two values are attention; of two constants, tables.
    if (!dynamic.has(input) || dynamic.has(weightsName)) return other;
    const weights = find(weightsName);
    return weights === null
      ? refused(weightsName, producers.get(weightsName))
      : projectionOf(node, weights);
  };
}

function refused(weights: string, maker: OnnxNode | undefined): FoundProjection {
  const made = maker === undefined ? '' : `, but made by ${maker.name} (${maker.opType})`;
  const reason = `its weights ${weights} are no float constant${made}`;
  return { kind: 'refused', reason, remedy: 'Export the model with constants folded.' };
}

/** Gemm's attributes where they are left out. */
const usual = { transA: 0, transB: 0, alpha: 1, beta: 1 };

function projectionOf(node: OnnxNode, weights: Constant): FoundProjection {
  const attributes = { ...usual, ...nodeAttributes(node) };
  const [rows = 0, columns = 0] = weights.shape;
  const isPlain = attributes.transA === 0 && attributes.alpha === 1 && attributes.beta === 1;
  if (weights.shape.length !== 2 || !isPlain) return other;
  const isTransposed = attributes.transB === 1;
  const [inputs, outputs] = isTransposed ? [columns, rows] : [rows, columns];
  const bias = node.inputs[2] ?? '';
  const projection = {
    ...{ node, weights, inputs, outputs, isTransposed },
    bias: bias === '' ? null : bias,
  };
  return { kind: 'projection', projection };
}
