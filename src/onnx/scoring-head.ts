import { makeInt64Tensor, makeNode, makeValue } from './make-onnx.ts';
import { elementTypes } from './onnx-model.ts';

/** The names of the scoring head's inputs and outputs; the prefix keeps clear of the model's own names. */
export const headNames = {
  /** int64 `[rows, 1]`: the token each row predicts. */
  targets: 'toedit.targets',
  /** bool `[rows, 1]`: rows that get candidates whatever their probability. */
  always: 'toedit.always',
  /** float32 `[1]`: rows with logprob at or above it get candidates. */
  logThreshold: 'toedit.log_threshold',
  /** int64 `[1]`: candidates a row. */
  topK: 'toedit.top_k',
  /** int64 `[rows]`, appended heads only: which rows of the logits to take. */
  rows: 'toedit.rows',
  /** int64 `[2]`: how many rows of logits there are, and the vocabulary's size. */
  logitsShape: 'toedit.logits_shape',
  /** float32 `[rows, 1]`: natural log P(target). */
  logprobs: 'toedit.logprobs',
  /** int64 `[selected]`: the rows that have candidates, ascending. */
  selected: 'toedit.selected',
  /** float32 `[selected, top_k]`, falling. */
  topLogprobs: 'toedit.top_logprobs',
  /** int64 `[selected, top_k]`: token ids. */
  topIds: 'toedit.top_ids',
} as const;

/** The messages of a scoring head, to be joined with the nodes that make its logits. */
export interface ScoringHead {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

const inner = (name: string): string => `toedit/${name}`;

/**
 * Nodes that turn logits into log P(target) for every row, and into the top-k for rows at or above the threshold
 * only. Logits of any float type and rank are cast to float32 and read as `[rows, vocabulary]`. `gatherRows` takes some
 * of these rows by index, else all are taken.
 *
 * ONNX Runtime's TopK on zero rows kills the process, hence `always`: the caller sets it for at least one row.
 */
export function scoringHead(logits: string, gatherRows: boolean): ScoringHead {
  const n = headNames;
  const flat = gatherRows ? inner('all_logits') : inner('logits');
  const gather = makeNode('Gather', { inputs: [flat, n.rows], outputs: [inner('logits')] });
  const nodes = [
    makeNode('Flatten', { inputs: [logits], outputs: [flat] }, { axis: -1 }),
    makeNode('Shape', { inputs: [flat], outputs: [n.logitsShape] }),
    ...(gatherRows ? [gather] : []),
    castToFloat(inner('logits'), inner('logits_float')),
    makeNode(
      'LogSoftmax',
      { inputs: [inner('logits_float')], outputs: [inner('all')] },
      { axis: 1 },
    ),
    makeNode(
      'GatherElements',
      { inputs: [inner('all'), n.targets], outputs: [n.logprobs] },
      { axis: 1 },
    ),
    makeNode('GreaterOrEqual', { inputs: [n.logprobs, n.logThreshold], outputs: [inner('above')] }),
    makeNode('Or', { inputs: [inner('above'), n.always], outputs: [inner('wanted')] }),
    makeNode('NonZero', { inputs: [inner('wanted')], outputs: [inner('wanted_at')] }),
    makeNode('Gather', { inputs: [inner('wanted_at'), inner('zero')], outputs: [n.selected] }),
    makeNode('Gather', { inputs: [inner('all'), n.selected], outputs: [inner('selected_all')] }),
    makeNode('TopK', {
      inputs: [inner('selected_all'), n.topK],
      outputs: [n.topLogprobs, n.topIds],
    }),
  ];
  return { nodes, initializers: [makeInt64Tensor(inner('zero'), 0)], ...headValues(gatherRows) };
}

function castToFloat(from: string, to: string): Uint8Array {
  return makeNode('Cast', { inputs: [from], outputs: [to] }, { to: elementTypes.float });
}

function headValues(gatherRows: boolean): Pick<ScoringHead, 'inputs' | 'outputs'> {
  const n = headNames;
  const { float, int64, bool } = elementTypes;
  return {
    inputs: [
      makeValue(n.targets, int64, ['rows', 1]),
      makeValue(n.always, bool, ['rows', 1]),
      makeValue(n.logThreshold, float, [1]),
      makeValue(n.topK, int64, [1]),
      ...(gatherRows ? [makeValue(n.rows, int64, ['rows'])] : []),
    ],
    outputs: [
      makeValue(n.logitsShape, int64, [2]),
      makeValue(n.logprobs, float, ['rows', 1]),
      makeValue(n.selected, int64, ['selected']),
      makeValue(n.topLogprobs, float, ['selected', 'top_k']),
      makeValue(n.topIds, int64, ['selected', 'top_k']),
    ],
  };
}
