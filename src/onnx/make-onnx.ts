import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What a node reads and writes, and whose operation it is. */
export interface NodeNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** @defaultValue that of ONNX itself */
  readonly domain?: string | undefined;
}

/** Makes a NodeProto; its attributes are integers or lists of them. */
export function makeNode(
  opType: string,
  names: NodeNames,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): Uint8Array {
  const writer = new BinaryWriter();
  for (const name of names.inputs) writer.tag(1, WireType.LengthDelimited).string(name);
  for (const name of names.outputs) writer.tag(2, WireType.LengthDelimited).string(name);
  writer.tag(3, WireType.LengthDelimited).string(`toedit/${opType}/${names.outputs.join()}`);
  writer.tag(4, WireType.LengthDelimited).string(opType);
  for (const [name, value] of Object.entries(attributes)) {
    writer.tag(5, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name);
    const isNumber = typeof value === 'number';
    for (const each of isNumber ? [value] : value) {
      writer.tag(isNumber ? 3 : 8, WireType.Varint).int64(each);
    }
    writer.tag(20, WireType.Varint).int32(isNumber ? attributeTypes.int : attributeTypes.ints);
    writer.join();
  }
  if (names.domain !== undefined) writer.tag(7, WireType.LengthDelimited).string(names.domain);
  return writer.finish();
}

const attributeTypes = { int: 2, ints: 7 };

/** Makes a ValueInfoProto; `elementType` 0 leaves the type to inference, `shape` undefined leaves the rank open. */
export function makeValue(
  name: string,
  elementType = 0,
  shape?: readonly (number | string)[],
): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  if (elementType === 0) return writer.finish();
  writer.tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int32(elementType);
  if (shape !== undefined) writeShape(writer, shape);
  return writer.join().join().finish();
}

function writeShape(writer: BinaryWriter, shape: readonly (number | string)[]): void {
  writer.tag(2, WireType.LengthDelimited).fork();
  for (const dimension of shape) {
    writer.tag(1, WireType.LengthDelimited).fork();
    if (typeof dimension === 'number') writer.tag(1, WireType.Varint).int64(dimension);
    else writer.tag(2, WireType.LengthDelimited).string(dimension);
    writer.join();
  }
  writer.join();
}

/** Makes an int64 TensorProto of one dimension, or a scalar where `values` is a number. */
export function makeInt64Tensor(name: string, values: number | readonly number[]): Uint8Array {
  const list = typeof values === 'number' ? [values] : values;
  const writer = new BinaryWriter();
  if (typeof values !== 'number') writer.tag(1, WireType.Varint).int64(values.length);
  writer.tag(2, WireType.Varint).int32(7);
  for (const value of list) writer.tag(7, WireType.Varint).int64(value);
  writer.tag(8, WireType.LengthDelimited).string(name);
  return writer.finish();
}
