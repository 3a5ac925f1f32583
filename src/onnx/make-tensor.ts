import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { elementTypes } from './onnx-model.ts';

/** Makes a TensorProto that holds its values: float32, uint8 or int8 by the kind of array; a scalar where the shape is empty. */
export function makeTensor(
  name: string,
  shape: readonly number[],
  values: Float32Array | Uint8Array | Int8Array,
): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of shape) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int32(elementTypeOf(values));
  writer.tag(8, WireType.LengthDelimited).string(name);
  const { buffer, byteOffset, byteLength } = values;
  writer.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(buffer, byteOffset, byteLength));
  return writer.finish();
}

function elementTypeOf(values: Float32Array | Uint8Array | Int8Array): number {
  if (values instanceof Float32Array) return elementTypes.float;
  return values instanceof Int8Array ? elementTypes.int8 : elementTypes.uint8;
}
