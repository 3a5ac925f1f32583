import { int8Constants, int8Product, int8Rows } from '../../onnx/int8-product.ts';
import { makeNode, makeTensor, makeValue } from '../../onnx/make-onnx.ts';
import { writeOnnxModel } from '../../onnx/onnx-file.ts';
import { elementTypes } from '../../onnx/onnx-model.ts';

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
  const { nodes, rows } = int8Rows('x', opset);
  const product = { rows, weights: 'weights', scales: 'scales', bias: null, output: 'y' };
  const float32 = writeOnnxModel(header, {
    ...values,
    nodes: [makeNode('MatMul', { inputs: ['x', 'weights'], outputs: ['y'] })],
    initializers: [makeTensor('weights', [inner, columns], weights)],
  });
  const int8 = writeOnnxModel(header, {
    ...values,
    nodes: [...nodes, ...int8Product(product)],
    initializers: [
      ...int8Constants(),
      makeTensor('weights', [inner, columns], rounded),
      makeTensor('scales', [columns], new Float32Array(columns).fill(1 / 127)),
    ],
  });
  return { float32, int8 };
}

const opset = 18;

const header = {
  // ModelProto `ir_version` = 8, which goes with operator set 18.
  otherFields: [Uint8Array.of(8, 8)],
  opsets: new Map([
    ['', opset],
    ['com.microsoft', 1],
  ]),
};
