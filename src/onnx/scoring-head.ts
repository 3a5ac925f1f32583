import { logNormaliser, type NormaliserOptions, normaliserNames } from './log-normaliser.ts';
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
  /** float32 `[windows, positions, hidden]`, heads that gather alone: the hidden state of all positions. */
  states: 'toedit.states',
  /** int64 `[rows]`, heads that gather and appended ones: which rows of the hidden state, or of the logits, to take. */
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

/** How a scoring head is made. */
export interface HeadOptions extends NormaliserOptions {
  /** Whether some rows of the logits are taken, by index; else all are. */
  readonly gatherRows: boolean;
}

/**
 * Nodes that turn logits into log P(target) for every row, and into the top-k for rows at or above the threshold
 * only. Logits of any float type and rank are cast to float32 and read as `[rows, vocabulary]`.
 *
 * ONNX Runtime's TopK on zero rows kills the process, hence `always`: the caller sets it for at least one row.
 */
export function scoringHead(logits: string, options: HeadOptions): ScoringHead {
  const n = headNames;
  const flat = options.gatherRows ? inner('all_logits') : inner('logits');
  const normaliser = logNormaliser(inner('logits_float'), options);
  const nodes = [
    makeNode('Flatten', { inputs: [logits], outputs: [flat] }, { axis: -1 }),
    makeNode('Shape', { inputs: [flat], outputs: [n.logitsShape] }),
    ...(options.gatherRows ? [gather([flat, n.rows], inner('logits'))] : []),
    castToFloat(inner('logits'), inner('logits_float')),
    castToFloat(inner('zero'), inner('zero_float')),
    ...normaliser.nodes,
    makeNode(
      'GatherElements',
      { inputs: [inner('logits_float'), n.targets], outputs: [inner('target_logits')] },
      { axis: 1 },
    ),
    ...normalise(inner('target_logits'), normaliserNames, n.logprobs),
    makeNode('GreaterOrEqual', { inputs: [n.logprobs, n.logThreshold], outputs: [inner('above')] }),
    makeNode('Or', { inputs: [inner('above'), n.always], outputs: [inner('wanted')] }),
    makeNode('NonZero', { inputs: [inner('wanted')], outputs: [inner('wanted_at')] }),
    gather([inner('wanted_at'), inner('zero')], n.selected),
    ...topK(),
  ];
  const initializers = [makeInt64Tensor(inner('zero'), 0), ...normaliser.initializers];
  return { nodes, initializers, ...headValues(options.gatherRows) };
}

/** The top-k of the selected rows. */
function topK(): Uint8Array[] {
  const n = headNames;
  const selected = { pivot: inner('selected_pivot'), rest: inner('selected_rest') };
  return [
    gather([inner('logits_float'), n.selected], inner('selected_logits')),
    gather([normaliserNames.pivot, n.selected], selected.pivot),
    gather([normaliserNames.rest, n.selected], selected.rest),
    makeNode('TopK', {
      inputs: [inner('selected_logits'), n.topK],
      outputs: [inner('top_logits'), n.topIds],
    }),
    ...normalise(inner('top_logits'), selected, n.topLogprobs),
  ];
}

/** Logits to log-probabilities; rounding may lift one above 0, which no log-probability is. */
function normalise(
  logits: string,
  { pivot, rest }: Record<keyof typeof normaliserNames, string>,
  output: string,
): Uint8Array[] {
  const shifted = `${output}/shifted`;
  const free = `${output}/free`;
  return [
    makeNode('Sub', { inputs: [logits, pivot], outputs: [shifted] }),
    makeNode('Sub', { inputs: [shifted, rest], outputs: [free] }),
    makeNode('Min', { inputs: [free, inner('zero_float')], outputs: [output] }),
  ];
}

function gather(inputs: readonly [data: string, indices: string], output: string): Uint8Array {
  return makeNode('Gather', { inputs, outputs: [output] });
}

function castToFloat(from: string, to: string): Uint8Array {
  return makeNode('Cast', { inputs: [from], outputs: [to] }, { to: elementTypes.float });
}

/** Nodes that take rows of the hidden state of all positions, float32 `[1, rows, hidden]`, and the inputs that they add. */
export function gatherStates(output: string): Omit<ScoringHead, 'outputs'> {
  const { states, rows } = headNames;
  const [flat, shape] = [inner('flat_states'), inner('flat_states_shape')];
  return {
    nodes: [
      makeNode('Reshape', { inputs: [states, shape], outputs: [flat] }),
      makeNode('Gather', { inputs: [flat, rows], outputs: [output] }, { axis: 1 }),
    ],
    initializers: [makeInt64Tensor(shape, [1, -1, 0])],
    inputs: [
      makeValue(states, elementTypes.float, ['windows', 'positions', 'hidden']),
      makeValue(rows, elementTypes.int64, ['rows']),
    ],
  };
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
