import { ToeditError } from '../errors.ts';
import { constantFinder } from '../onnx/find-constant.ts';
import { findCut } from '../onnx/find-cut.ts';
import { elementTypes, type OnnxModel, type OnnxNode } from '../onnx/onnx-model.ts';
import { foldFinder } from './find-fold.ts';
import { projectionFinder } from './find-projection.ts';
import type { Layer, Projection } from './layer.ts';

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
 * not constant, or where the head cannot be told from the rest.
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
