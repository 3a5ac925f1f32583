import { makeNode, makeValue } from '../onnx/make-onnx.ts';
import { makeTensor } from '../onnx/make-tensor.ts';
import { elementTypes } from '../onnx/onnx-model.ts';
import { writeOnnxModel } from '../onnx/write-onnx-model.ts';

/** One product of a matrix `x` `[rows, inner]` and constant weights `[inner, columns]` as two graphs that give `y`; each an ONNX file. */
export interface TrialProducts {
  readonly float32: Uint8Array;
  /** With a scale for each row of `x` and each column of the weights, as `toedit quantise` writes it. */
  readonly int8: Uint8Array;
}

/** Makes the graphs of a trial; the weights lie between -1 and 1. */
export function trialProducts(inner: number, columns: number): TrialProducts {
  const weights = Float32Array.from({ length: inner * columns }, (_, i) => Math.sin(i));
  const rounded = Int8Array.from(weights, (weight) => Math.round(127 * weight));
  const values = {
    inputs: [makeValue('x', elementTypes.float, ['rows', inner])],
    outputs: [makeValue('y', elementTypes.float, ['rows', columns])],
  };
  const float32 = writeOnnxModel(header, {
    ...values,
    nodes: [makeNode('MatMul', { inputs: ['x', 'weights'], outputs: ['y'] })],
    initializers: [makeTensor('weights', [inner, columns], weights)],
  });
  const int8 = writeOnnxModel(header, {
    ...values,
    nodes: int8Nodes(),
    initializers: [
      makeTensor('weights', [inner, columns], rounded),
      makeTensor('scales', [columns], new Float32Array(columns).fill(1 / 127)),
      makeTensor('step', [], Float32Array.of(1 / 127)),
      makeTensor('zero', [], Uint8Array.of(128)),
    ],
  });
  return { float32, int8 };
}

function int8Nodes(): readonly Uint8Array[] {
  const product = ['quantised', 'weights', 'step', 'scales', 'zero'];
  return [
    makeNode('Abs', { inputs: ['x'], outputs: ['sizes'] }),
    makeNode('ReduceMax', { inputs: ['sizes'], outputs: ['largest'] }, { axes: [-1] }),
    makeNode('Div', { inputs: ['x', 'largest'], outputs: ['scaled'] }),
    makeNode('QuantizeLinear', { inputs: ['scaled', 'step', 'zero'], outputs: ['quantised'] }),
    makeNode('MatMulIntegerToFloat', { inputs: product, outputs: ['shares'], domain: microsoft }),
    makeNode('Mul', { inputs: ['shares', 'largest'], outputs: ['y'] }),
  ];
}

const microsoft = 'com.microsoft';

const header = {
  // ModelProto `ir_version` = 8, which goes with operator set 17: the last whose ReduceMax takes its axes as an attribute.
  otherFields: [Uint8Array.of(8, 8)],
  opsets: new Map([
    ['', 17],
    [microsoft, 1],
  ]),
};
