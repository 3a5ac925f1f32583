import type { OnnxNode } from '../onnx/onnx-model.ts';
import type { Constant } from '../onnx/tensors.ts';

/** A product of a value and constant weights, MatMul or Gemm: `[..., inputs]` to `[..., outputs]`. */
export interface Projection {
  readonly node: OnnxNode;
  readonly weights: Constant;
  readonly inputs: number;
  readonly outputs: number;
  /** The weights are stored `[outputs, inputs]` (Gemm's transB), else `[inputs, outputs]`. */
  readonly isTransposed: boolean;
  /** A value that is added to the outputs (Gemm's C); null where there is none. */
  readonly bias: string | null;
}

/** What makes a layer's input, and can make it smaller by channels at no cost. */
export type Fold =
  /** A norm: these of its inputs are constants `[inputs]` that its output is proportional to, together. */
  | { readonly kind: 'norm'; readonly node: OnnxNode; readonly vectors: readonly Vector[] }
  /** A projection, another factor of a product: its outputs. */
  | { readonly kind: 'projection'; readonly projection: Projection };

/** A constant of one dimension, by the name of its value. */
export interface Vector {
  readonly value: string;
  readonly constant: Constant;
}

/** The projections that read one value, and so share its quantised form. */
export interface Layer {
  /** The name of its first node. */
  readonly name: string;
  /** The value they read. */
  readonly input: string;
  readonly inputs: number;
  readonly projections: readonly Projection[];
  /** Null where nothing stands before it that its smoothing could be folded into. */
  readonly fold: Fold | null;
}
