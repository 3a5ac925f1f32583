import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { elementTypes } from '../src/onnx/onnx-model.ts';

/** Where the values of a tensor lie. */
export interface TensorPlace {
  /** The file, beside the graph. */
  readonly location: string;
  /** In bytes. @defaultValue the whole file */
  readonly offset?: number;
  readonly length?: number;
}

/** Makes a float32 TensorProto whose values lie in a file of their own. */
export function externalTensor(
  name: string,
  shape: readonly number[],
  place: TensorPlace,
): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of shape) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int32(elementTypes.float);
  writer.tag(8, WireType.LengthDelimited).string(name);
  for (const [key, value] of Object.entries(place)) {
    writer.tag(13, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).string(String(value)).join();
  }
  writer.tag(14, WireType.Varint).int32(1);
  return writer.finish();
}
