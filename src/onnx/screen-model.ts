import { logNormaliser, normaliserNames } from './log-normaliser.ts';
import { makeNode, makeValue } from './make-onnx.ts';
import { elementTypes } from './onnx-model.ts';
import { writeOnnxModel } from './write-onnx-model.ts';

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
