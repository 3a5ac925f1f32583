import { findCut, producersOf } from './find-cut.ts';
import { nodeAttributes, renameValues } from './onnx-fields.ts';
import type { OnnxModel, OnnxNode } from './onnx-model.ts';
import { readIntegers } from './tensors.ts';

/**
 * The model without a Gather that leaves the last position alone to the head (`prune_lm_head` of onnxruntime-genai's builder): the head
 * reads all positions. Models that have no such Gather stay as they are.
 */
export function withAllPositions(model: OnnxModel, logits: string): OnnxModel {
  const cut = findCut(model, logits);
  if (!('hidden' in cut)) return model;
  const all = positionsBefore(model, cut.hidden);
  if (all === null) return model;
  const names = new Map([[cut.hidden, all]]);
  const nodes = model.nodes.map((node) =>
    node === cut.projection ? renameValues(node, names) : node,
  );
  return { ...model, nodes };
}

/** What the Gather takes from, perhaps behind an Unsqueeze; null where there is none. */
function positionsBefore(model: OnnxModel, hidden: string): string | null {
  const producers = producersOf(model);
  const maker = producers.get(hidden);
  const gather = maker?.opType === 'Unsqueeze' ? producers.get(maker.inputs[0] ?? '') : maker;
  if (gather?.opType !== 'Gather' || gather.domain !== '') return null;
  const [all = '', index = ''] = gather.inputs;
  const isOfPositions = nodeAttributes(gather)['axis'] === 1;
  return isOfPositions && isLast(model, producers.get(index), index) ? all : null;
}

function isLast(model: OnnxModel, maker: OnnxNode | undefined, index: string): boolean {
  const tensor =
    maker?.opType === 'Constant'
      ? nodeAttributes(maker)['value']
      : model.initializers.find(({ name }) => name === index)?.bytes;
  if (!(tensor instanceof Uint8Array)) return false;
  const values = readIntegers(tensor);
  return values.length === 1 && values[0] === -1;
}
