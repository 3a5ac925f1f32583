import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What a tensor is, without its values. */
export interface TensorHeader {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly elementType: number;
  readonly shape: readonly number[];
}

/** Where the values of a tensor lie. */
export interface TensorPlace {
  /** The file, beside the graph. */
  readonly location: string;
  /** In bytes. @defaultValue the whole file */
  readonly offset?: number;
  readonly length?: number;
}

/** Makes a TensorProto whose values lie in a file of their own. */
export function makeExternalTensor(
  { name, elementType, shape }: TensorHeader,
  place: TensorPlace,
): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of shape) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int32(elementType);
  writer.tag(8, WireType.LengthDelimited).string(name);
  for (const [key, value] of Object.entries(place)) {
    writer.tag(13, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).string(String(value)).join();
  }
  return writer.tag(14, WireType.Varint).int32(1).finish();
}
