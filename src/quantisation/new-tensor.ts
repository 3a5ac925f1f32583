import type { TensorHeader } from '../onnx/make-external-tensor.ts';

/** A tensor that a graph gains, its values little-endian. */
export interface NewTensor extends TensorHeader {
  readonly bytes: Uint8Array;
}

/** Tensors that are made one group after the other as they are written, so that few are in memory. */
export interface PendingTensors {
  readonly names: readonly string[];
  /** @param directory - of the model that they are made from */
  readonly make: (directory: string) => Promise<readonly NewTensor[]>;
}

/** The bytes of an array's values. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
