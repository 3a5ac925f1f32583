/** The parts of an ONNX file that toedit looks at; each keeps its own bytes, which are views of the file's. */
export interface OnnxModel {
  /** The fields of ModelProto but `graph` and `opset_import`, tags included, as they stood. */
  readonly otherFields: readonly Uint8Array[];
  /** Operator set versions by domain; the default domain is the empty string. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Types that the file states for inner values. */
  readonly values: readonly OnnxValue[];
}

/**
 * One operation; an empty name stands for an input or output left out. `captured` are outer values that its subgraphs
 * (If, Loop) may use.
 */
export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly captured: readonly string[];
  /** The element type that a Cast converts to; 0 for other operations. */
  readonly castTo: number;
  readonly bytes: Uint8Array;
}

/** One constant tensor; `externalLocation` is the file, relative to the model's, that holds its data. */
export interface OnnxInitializer {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly elementType: number;
  readonly externalLocation: string | null;
  readonly bytes: Uint8Array;
}

/** A typed value. A dimension is a number where it is fixed, else its symbol, else null. */
export interface OnnxValue {
  readonly name: string;
  /** TensorProto.DataType, 0 where unknown. */
  readonly elementType: number;
  readonly shape: readonly (number | string | null)[];
  readonly bytes: Uint8Array;
}

/** TensorProto.DataType, as far as toedit uses it. */
export const elementTypes = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;
