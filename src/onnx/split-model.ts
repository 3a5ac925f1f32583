import { ToeditError } from '../errors.ts';
import { withAllPositions } from './all-positions.ts';
import { elementTypeOf } from './element-types.ts';
import { type Cut, findCut, findPasts, type Past, producersOf } from './find-cut.ts';
import { floatCrossing, withFloatBorder } from './float-border.ts';
import { makeNode, makeValue } from './make-onnx.ts';
import { writeOnnxModel } from './onnx-file.ts';
import { elementTypes, type OnnxModel, type OnnxNode, type OnnxValue } from './onnx-model.ts';
import { gatherStates, type HeadOptions, type ScoringHead, scoringHead } from './scoring-head.ts';
import { type GraphSlice, inputsToFeed, sliceGraph } from './slice-graph.ts';
import { weightRows } from './weight-rows.ts';

/**
 * A causal language model made ready for scoring.
 *
 * `split`: `body` ends at the hidden state, `head` takes rows of it. `appended`: `body` holds the scoring head behind
 * its logits, for graphs that cannot be cut; `reason` says why.
 */
export type SplitModel =
  | {
      readonly kind: 'split';
      readonly body: Uint8Array;
      readonly head: Uint8Array;
      readonly hidden: string;
      /** Takes tokens' weights out of the head (`weightRows`); null where its logits are more than a product. */
      readonly rows: Uint8Array | null;
      /** The vocabulary's size by the graph; null where it does not state it. */
      readonly columns: number | null;
      readonly inputs: readonly OnnxValue[];
      /** What a window's beginning leaves for its rest; none where the graph has no past. */
      readonly pasts: readonly Past[];
    }
  | {
      readonly kind: 'appended';
      readonly body: Uint8Array;
      readonly reason: string;
      readonly inputs: readonly OnnxValue[];
    };

/** How a model is split. */
export interface SplitOptions extends Pick<HeadOptions, 'summation'> {
  /**
   * Whether the head takes the hidden state of all positions and the numbers of rows, so that it need not leave a device's memory, instead of the rows
   * themselves. @defaultValue false
   */
  readonly gathersStates?: boolean;
}

/**
 * Splits an ONNX export of a causal language model by wire-level edits; weights are neither read nor rewritten.
 * ONNX Runtime computes every output of a graph, fetched or not, so `logits` leave the body.
 *
 * @throws ToeditError MODEL_INVALID where there are no logits or the operator set is too old, naming what was found.
 */
export function splitModel(given: OnnxModel, file: string, options: SplitOptions = {}): SplitModel {
  requireOperators(given, file);
  const bordered = withFloatBorder(withoutSoftmaxGuards(given));
  const logits = findLogits(bordered, file);
  const model = withAllPositions(bordered, logits.name);
  const cut = findCut(model, logits.name);
  if ('hidden' in cut) return cutModel(model, { ...options, logits, cut });
  const place = cut.node === null ? cut.reason : `node ${cut.node.name}: ${cut.reason}`;
  const slice = sliceGraph(model, [logits.name]);
  const body = joinHead(model, slice, headOf(model, logits, { ...options, gatherRows: true }));
  return { kind: 'appended', body, reason: place, inputs: inputsToFeed(model, slice) };
}

function cutModel(
  model: OnnxModel,
  {
    logits,
    cut,
    summation,
    gathersStates,
  }: SplitOptions & { readonly logits: OnnxValue; readonly cut: Cut },
): SplitModel {
  const crossing = floatCrossing(
    cut.hidden,
    elementTypeOf(model, cut.hidden) || logits.elementType,
  );
  const rowsOf = gathersStates ? gatherStates(crossing.name) : givenRows(crossing.name);
  const pasts = findPasts(model);
  const presents = pasts.map(({ present }) => present);
  const body = sliceGraph(model, [cut.hidden, ...presents]);
  const projection = sliceGraph(model, [logits.name], [cut.hidden]);
  return {
    kind: 'split',
    hidden: crossing.name,
    rows: weightRows(model, logits.name, cut),
    columns: columnsOf(logits),
    inputs: inputsToFeed(model, body),
    pasts,
    body: writeOnnxModel(model, {
      ...bytesOf({ ...body, nodes: [...body.nodes, ...crossing.leaving] }),
      outputs: [crossing.name, ...presents].map((name) => makeValue(name)),
    }),
    head: joinHead(
      model,
      { ...projection, nodes: [...crossing.entering, ...projection.nodes] },
      headOf(model, logits, { summation, gatherRows: false }),
      rowsOf,
    ),
  };
}

/** Rows of the hidden state as an input. */
function givenRows(name: string): Omit<ScoringHead, 'outputs'> {
  const inputs = [makeValue(name, elementTypes.float, [1, 'rows', 'hidden'])];
  return { nodes: [], initializers: [], inputs };
}

function headOf(
  model: OnnxModel,
  logits: OnnxValue,
  options: Pick<HeadOptions, 'gatherRows' | 'summation'>,
): ScoringHead {
  return scoringHead(logits.name, {
    ...options,
    opset: model.opsets.get('') ?? 0,
    columns: columnsOf(logits),
  });
}

function columnsOf({ shape }: OnnxValue): number | null {
  const columns = shape.at(-1);
  return typeof columns === 'number' && columns > 0 ? columns : null;
}

function joinHead(
  model: OnnxModel,
  slice: GraphSlice,
  head: ScoringHead,
  before: Omit<ScoringHead, 'outputs'> = { nodes: [], initializers: [], inputs: [] },
): Uint8Array {
  const parts = bytesOf(slice);
  return writeOnnxModel(model, {
    nodes: [...before.nodes, ...parts.nodes, ...head.nodes],
    initializers: [...before.initializers, ...parts.initializers, ...head.initializers],
    inputs: [...parts.inputs, ...before.inputs, ...head.inputs],
    outputs: head.outputs,
  });
}

function bytesOf(slice: GraphSlice): Record<keyof GraphSlice, Uint8Array[]> {
  const bytes = (list: readonly { readonly bytes: Uint8Array }[]) => list.map((item) => item.bytes);
  return {
    nodes: bytes(slice.nodes),
    initializers: bytes(slice.initializers),
    inputs: bytes(slice.inputs),
  };
}

function findLogits(model: OnnxModel, file: string): OnnxValue {
  const logits = model.outputs.find(({ name }) => name === 'logits');
  if (logits !== undefined) return logits;
  const names = model.outputs.map(({ name }) => name).join(', ');
  throw new ToeditError(
    'MODEL_INVALID',
    `${file} has no output named logits (it has ${names}): export the model for text generation.`,
    { place: { file } },
  );
}

function requireOperators(model: OnnxModel, file: string): void {
  const version = model.opsets.get('') ?? 0;
  if (version >= 13) return;
  throw new ToeditError(
    'MODEL_INVALID',
    `${file} uses ONNX operator set ${String(version)}: export it with operator set 13 or newer.`,
    { place: { file } },
  );
}

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
