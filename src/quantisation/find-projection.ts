import type { Constant } from '../onnx/find-constant.ts';
import { dynamicValues, producersOf } from '../onnx/find-cut.ts';
import { nodeAttributes } from '../onnx/node-attributes.ts';
import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';
import type { Projection } from './layer.ts';

/** What a node is to a quantiser. */
export type FoundProjection =
  | { readonly kind: 'projection'; readonly projection: Projection }
  /** Not a product with weights: left as it is. */
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly reason: string; readonly remedy: string };

const other: FoundProjection = { kind: 'other' };

/** Tells which nodes are products of a value and constant weights. */
export function projectionFinder(
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
