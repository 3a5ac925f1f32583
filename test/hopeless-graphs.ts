import { makeInt64Tensor, makeNode, makeTensor, makeValue } from '#toedit/src/onnx/make-onnx';
import { writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes } from '#toedit/src/onnx/onnx-model';

const hidden = 4;

/** Nodes between right logits, `right`, and what the graph calls its `logits`; int64 constants by name. */
interface Tail {
  readonly nodes: readonly Uint8Array[];
  readonly constants?: Readonly<Record<string, number | readonly number[]>>;
}

const node = (opType: string, inputs: readonly string[], output = 'logits'): Uint8Array =>
  makeNode(opType, { inputs, outputs: [output] });

/** Each makes a graph useless for whatever text. */
const tails: Readonly<Record<string, Tail>> = {
  'the last position alone': {
    nodes: [node('Slice', ['right', 'last', 'end', 'axis'])],
    constants: { last: [-1], end: [1000], axis: [1] },
  },
  'the first position is left out': {
    nodes: [node('Slice', ['right', 'second', 'end', 'axis'])],
    constants: { second: [1], end: [1000], axis: [1] },
  },
  'each position twice': {
    nodes: [makeNode('Concat', { inputs: ['right', 'right'], outputs: ['logits'] }, { axis: 1 })],
  },
  'half of the vocabulary': {
    nodes: [node('Slice', ['right', 'none', 'half', 'axis'])],
    constants: { none: [0], half: [16], axis: [2] },
  },
  'the vocabulary twice': {
    nodes: [makeNode('Concat', { inputs: ['right', 'right'], outputs: ['logits'] }, { axis: 2 })],
  },
  'no number anywhere': {
    nodes: [node('Sub', ['right', 'right'], 'zero'), node('Div', ['zero', 'zero'])],
  },
  'infinite everywhere': {
    nodes: [
      node('Sub', ['right', 'right'], 'zero'),
      node('Exp', ['right'], 'positive'),
      node('Div', ['positive', 'zero']),
    ],
  },
  'a lookup that is out of bounds': {
    nodes: [node('Gather', ['right', 'far'])],
    constants: { far: [1000] },
  },
  'a shape that never fits': {
    nodes: [node('Reshape', ['right', 'shape'])],
    constants: { shape: [7, 11, 32] },
  },
};

/** What is wrong with each of {@link hopelessGraph}. */
export const hopelessGraphs: readonly string[] = Object.keys(tails);

const faultless: Tail = { nodes: [node('Identity', ['right'])] };

/** An ONNX file of a language model with this fault; without one where it is null. */
export function hopelessGraph(fault: string | null, vocabulary: number): Uint8Array {
  const { nodes, constants = {} } = tails[fault ?? ''] ?? faultless;
  const values = Float32Array.from({ length: vocabulary * hidden }, (_, at) => Math.sin(at));
  return writeOnnxModel(
    // ModelProto `ir_version` = 8, which goes with operator set 18.
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) },
    {
      nodes: [
        node('Gather', ['embedding', 'input_ids'], 'state'),
        node('MatMul', ['state', 'projection'], 'right'),
        ...nodes,
      ],
      initializers: [
        makeTensor('embedding', [vocabulary, hidden], values),
        makeTensor('projection', [hidden, vocabulary], values),
        ...Object.entries(constants).map(([name, value]) => makeInt64Tensor(name, value)),
      ],
      inputs: [makeValue('input_ids', elementTypes.int64, ['batch', 'tokens'])],
      outputs: [makeValue('logits', elementTypes.float)],
    },
  );
}
