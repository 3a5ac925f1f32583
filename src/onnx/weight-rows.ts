import { elementTypeOf } from './element-types.ts';
import { type Cut, producersOf } from './find-cut.ts';
import { logNormaliser, normaliserNames } from './log-normaliser.ts';
import { makeNode, makeValue } from './make-onnx.ts';
import { writeOnnxModel } from './onnx-file.ts';
import { elementTypes, type OnnxModel } from './onnx-model.ts';
import { sliceGraph } from './slice-graph.ts';

/** The names of the inputs and outputs of {@link screenModel}. */
export const screenNames = {
  /** float32 `[rows, hidden]`. */
  hidden: 'toedit.hidden',
  /** float32 `[columns, hidden]`: the weights of the subset. */
  subset: 'toedit.subset',
  /** int64 `[rows, 2]`: columns that do not count in a row. */
  masked: 'toedit.masked',
  /** float32 `[rows, 2]`: minus infinity. */
  minusInfinity: 'toedit.minus_infinity',
  /** float32 `[rows, 1]`: together with `rest` the log of the sum of exponentials of the logits that count. */
  pivot: normaliserNames.pivot,
  /** float32 `[rows, 1]`. */
  rest: normaliserNames.rest,
} as const;

/** A graph without weights that sums up the exponentials of the logits of a subset of the vocabulary. */
export function screenModel(columns: number): Uint8Array {
  const { hidden, subset, masked, minusInfinity, pivot, rest } = screenNames;
  const [logits, counted] = ['toedit/logits', 'toedit/counted'];
  const { float, int64 } = elementTypes;
  const normaliser = logNormaliser(counted, { opset, columns });
  const scatter = { inputs: [logits, masked, minusInfinity], outputs: [counted] };
  return writeOnnxModel(
    { otherFields: [irVersion], opsets: new Map([['', opset]]) },
    {
      nodes: [
        makeNode('Gemm', { inputs: [hidden, subset], outputs: [logits] }, { transB: 1 }),
        makeNode('ScatterElements', scatter, { axis: 1 }),
        ...normaliser.nodes,
      ],
      initializers: normaliser.initializers,
      inputs: [
        makeValue(hidden, float, ['rows', 'hidden']),
        makeValue(subset, float, [columns, 'hidden']),
        makeValue(masked, int64, ['rows', 2]),
        makeValue(minusInfinity, float, ['rows', 2]),
      ],
      outputs: [makeValue(pivot, float, ['rows', 1]), makeValue(rest, float, ['rows', 1])],
    },
  );
}

const opset = 18;

/** ModelProto `ir_version` = 8, which goes with operator set 18. */
const irVersion = Uint8Array.of(8, 8);

/** The names of the values of a graph made by {@link weightRows}. */
export const weightRowsNames = {
  /** int64 `[tokens]`: token ids. */
  ids: 'toedit.ids',
  /** float32 `[tokens, hidden]`: the weights that make these tokens' logits. */
  rows: 'toedit.weight_rows',
} as const;

/**
 * A small graph that takes single tokens' weights out of the projection onto the vocabulary: a token's logit is the inner
 * product of its row and the hidden state. Null where that is not so: the projection is quantised or not float32, or
 * something (a bias, a cap) stands between it and the logits.
 */
export function weightRows(model: OnnxModel, logits: string, cut: Cut): Uint8Array | null {
  const { projection, hidden } = cut;
  const [, weight] = projection.inputs;
  if (projection.opType !== 'MatMul' || projection.domain !== '' || weight === undefined)
    return null;
  if (projection.outputs[0] !== logits) return null;
  if (!isFloat(model, hidden) && !isFloat(model, weight)) return null;
  const { source, axis } = sourceOf(model, weight);
  const slice = sliceGraph(model, [source]);
  const taken = 'toedit/taken';
  const floats = 'toedit/taken_float';
  const { ids, rows } = weightRowsNames;
  const gather = { inputs: [source, ids], outputs: [taken] };
  const nodes = [
    makeNode('Gather', gather, { axis }),
    makeNode('Cast', { inputs: [taken], outputs: [floats] }, { to: elementTypes.float }),
    axis === 0
      ? makeNode('Identity', { inputs: [floats], outputs: [rows] })
      : makeNode('Transpose', { inputs: [floats], outputs: [rows] }, { perm: [1, 0] }),
  ];
  return writeOnnxModel(model, {
    nodes: [...slice.nodes.map(({ bytes }) => bytes), ...nodes],
    initializers: slice.initializers.map(({ bytes }) => bytes),
    inputs: [
      ...slice.inputs.map(({ bytes }) => bytes),
      makeValue(ids, elementTypes.int64, ['tokens']),
    ],
    outputs: [makeValue(rows, elementTypes.float, ['tokens', 'hidden'])],
  });
}

function isFloat(model: OnnxModel, value: string): boolean {
  return elementTypeOf(model, value) === elementTypes.float;
}

/**
 * Where to take rows from, and along which axis: before casts that widen and transpositions, so that ONNX Runtime has no
 * reason to compute and keep the whole of what they make.
 */
function sourceOf(model: OnnxModel, weight: string): { source: string; axis: 0 | 1 } {
  const producers = producersOf(model);
  let source = weight;
  let axis: 0 | 1 = 1;
  for (;;) {
    const node = producers.get(source);
    const [input] = node?.inputs ?? [];
    if (node === undefined || input === undefined || node.domain !== '') return { source, axis };
    if (node.opType === 'Transpose') axis = axis === 1 ? 0 : 1;
    else if (!isWidening(model, { castTo: node.castTo, input })) return { source, axis };
    source = input;
  }
}

function isWidening(
  model: OnnxModel,
  { castTo, input }: { readonly castTo: number; readonly input: string },
): boolean {
  return castTo === elementTypes.float && elementTypeOf(model, input) === elementTypes.float16;
}
