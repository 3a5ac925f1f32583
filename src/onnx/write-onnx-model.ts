import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { OnnxModel } from './onnx-model.ts';

/** What a written graph holds: each entry the bytes of one message, as read or as made by `make-onnx.ts`. */
export interface OnnxParts {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/**
 * Writes an ONNX file with the header of `model` (versions, producer, metadata, functions) and the given graph.
 * Nothing is re-encoded: messages are joined as they stand (onnx.proto3; the field numbers are its).
 */
export function writeOnnxModel(
  model: Pick<OnnxModel, 'otherFields' | 'opsets'>,
  parts: OnnxParts,
): Uint8Array {
  const writer = new BinaryWriter();
  for (const field of model.otherFields) writer.raw(field);
  for (const [domain, version] of model.opsets) {
    writer.tag(8, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(domain);
    writer.tag(2, WireType.Varint).int64(version).join();
  }
  writer.tag(7, WireType.LengthDelimited).fork();
  const put = (number: number, messages: readonly Uint8Array[]): void => {
    for (const message of messages) writer.tag(number, WireType.LengthDelimited).bytes(message);
  };
  put(1, parts.nodes);
  writer.tag(2, WireType.LengthDelimited).string('toedit');
  put(5, parts.initializers);
  put(11, parts.inputs);
  put(12, parts.outputs);
  writer.join();
  return writer.finish();
}
