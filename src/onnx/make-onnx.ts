import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { elementTypes } from './onnx-model.ts';

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

/**
 * Makes a ValueInfoProto; `elementType` 0 leaves the type to inference, `shape` undefined leaves the rank open, null a dimension
 * without a symbol.
 */
export function makeValue(
  name: string,
  elementType = 0,
  shape?: readonly (number | string | null)[],
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

function writeShape(writer: BinaryWriter, shape: readonly (number | string | null)[]): void {
  writer.tag(2, WireType.LengthDelimited).fork();
  for (const dimension of shape) {
    writer.tag(1, WireType.LengthDelimited).fork();
    if (typeof dimension === 'number') writer.tag(1, WireType.Varint).int64(dimension);
    else if (dimension !== null) writer.tag(2, WireType.LengthDelimited).string(dimension);
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
