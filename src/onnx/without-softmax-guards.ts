import { producersOf } from './find-cut.ts';
import { makeNode } from './make-onnx.ts';
import type { OnnxModel, OnnxNode } from './onnx-model.ts';

/**
 * The model without guards of the form `Where(IsNaN(p), constant, p)` behind a Softmax `p`, as exporters put them into every
 * layer for rows of the attention that are masked whole. No row is: a token always sees itself (`bodyFeeds`). What comes out is the same
 * to the bit, in an eighth less time (docs/decisions/body.md). The nodes keep their place, so values keep their names.
 */
export function withoutSoftmaxGuards(model: OnnxModel): OnnxModel {
  const producers = producersOf(model);
  const nodes = model.nodes.map((node) => {
    const guarded = guardedSoftmax(node, producers);
    return guarded === null ? node : identity(node, guarded);
  });
  return { ...model, nodes };
}

/** The Softmax output that the node guards; null where it is no such guard. */
function guardedSoftmax(
  { opType, domain, inputs }: OnnxNode,
  producers: ReadonlyMap<string, OnnxNode>,
): string | null {
  const [condition = '', , value = ''] = inputs;
  if (opType !== 'Where' || domain !== '') return null;
  const check = producers.get(condition);
  const isGuard = check?.opType === 'IsNaN' && check.inputs[0] === value;
  return isGuard && producers.get(value)?.opType === 'Softmax' ? value : null;
}

function identity({ outputs }: OnnxNode, input: string): OnnxNode {
  const inputs = [input];
  const bytes = makeNode('Identity', { inputs, outputs });
  const name = `toedit/Identity/${outputs.join()}`;
  return { name, opType: 'Identity', domain: '', inputs, outputs, captured: [], castTo: 0, bytes };
}
