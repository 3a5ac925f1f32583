import { writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import type { OnnxModel } from '#toedit/src/onnx/onnx-model';

const bytes = (items: readonly { readonly bytes: Uint8Array }[]) => items.map((item) => item.bytes);

/** The file of a model with all of its parts. */
export function onnxFileOf(model: OnnxModel): Uint8Array {
  const { nodes, initializers, inputs, outputs } = model;
  return writeOnnxModel(model, {
    nodes: bytes(nodes),
    initializers: bytes(initializers),
    inputs: bytes(inputs),
    outputs: bytes(outputs),
  });
}
