import { makeInt64Tensor, makeNode, makeTensor } from './make-onnx.ts';

/** Constants that all products in 8 bits share, by name. */
const int8Names = {
  /** A step of the activations: they lie between -1 and 1, in 127 steps. */
  step: 'toedit/int8/step',
  /** The code of 0. */
  zero: 'toedit/int8/zero',
  /** The axis of the maxima, from operator set 18 on. */
  axis: 'toedit/int8/axis',
} as const;

/** The TensorProtos of {@link int8Names}. */
export function int8Constants(): Uint8Array[] {
  return [
    makeTensor(int8Names.step, [], Float32Array.of(1 / 127)),
    makeTensor(int8Names.zero, [], Uint8Array.of(128)),
    makeInt64Tensor(int8Names.axis, [-1]),
  ];
}

/** Values in 8 bits, by name: `codes`, 1 to 255 where 128 is 0, of the last axis' values by the largest of them, `largest`. */
export interface Int8Value {
  readonly codes: string;
  readonly largest: string;
}

const named = (value: string): Int8Value => ({
  codes: `${value}/int8/codes`,
  largest: `${value}/int8/largest`,
});

/**
 * Nodes that quantise a value, each row (all but the last axis) by its largest absolute value: rows do not depend on what else
 * is in the batch. A row of zeros gives codes that say nothing, and zeros again in {@link int8Product}.
 *
 * @param opset - of the default domain
 */
export function int8Rows(value: string, opset: number): { nodes: Uint8Array[]; rows: Int8Value } {
  const rows = named(value);
  const sizes = `${value}/int8/sizes`;
  const shares = `${value}/int8/shares`;
  const { step, zero, axis } = int8Names;
  const nodes = [
    makeNode('Abs', { inputs: [value], outputs: [sizes] }),
    opset >= 18
      ? makeNode('ReduceMax', { inputs: [sizes, axis], outputs: [rows.largest] })
      : makeNode('ReduceMax', { inputs: [sizes], outputs: [rows.largest] }, { axes: [-1] }),
    makeNode('Div', { inputs: [value, rows.largest], outputs: [shares] }),
    makeNode('QuantizeLinear', { inputs: [shares, step, zero], outputs: [rows.codes] }),
  ];
  return { nodes, rows };
}

/** The names of a product in 8 bits. */
export interface Int8Product {
  readonly rows: Int8Value;
  /** int8 `[inputs, outputs]`. */
  readonly weights: string;
  /** float32 `[outputs]`. */
  readonly scales: string;
  /** Added to the product; null for none. */
  readonly bias: string | null;
  readonly output: string;
}

/** Nodes that multiply quantised rows with quantised weights, in int32, and give float32. */
export function int8Product({ rows, weights, scales, bias, output }: Int8Product): Uint8Array[] {
  const { step, zero } = int8Names;
  const shares = `${output}/int8/product`;
  const unbiased = bias === null ? output : `${output}/int8/unbiased`;
  const nodes = [
    makeNode('MatMulIntegerToFloat', {
      inputs: [rows.codes, weights, step, scales, zero],
      outputs: [shares],
      domain: 'com.microsoft',
    }),
    makeNode('Mul', { inputs: [shares, rows.largest], outputs: [unbiased] }),
  ];
  if (bias === null) return nodes;
  return [...nodes, makeNode('Add', { inputs: [unbiased, bias], outputs: [output] })];
}
