import { elementTypeOf } from './element-type-of.ts';
import { type Cut, producersOf } from './find-cut.ts';
import { makeNode, makeValue } from './make-onnx.ts';
import { elementTypes, type OnnxModel } from './onnx-model.ts';
import { sliceGraph } from './slice-graph.ts';
import { writeOnnxModel } from './write-onnx-model.ts';

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
