import { join } from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { openRegular } from '../files/open-regular.ts';
import { producersOf } from './find-cut.ts';
import { nodeAttributes, readFields } from './onnx-fields.ts';
import { elementTypes, type OnnxModel, type OnnxNode } from './onnx-model.ts';

/**
 * The bytes of a tensor's values, little-endian.
 *
 * @param directory - where the graph lies: external data are named relative to it
 * @throws Error where the values are kept in a way that toedit does not read, or a file is too short.
 */
export async function readTensorBytes(
  { name, values }: TensorLayout,
  directory: string,
): Promise<Uint8Array> {
  if (values.kind === 'raw') return values.bytes;
  if (values.kind === 'halves') return new Uint8Array(Uint16Array.from(values.bits).buffer);
  if (values.kind === 'other') throw new Error(`tensor ${name} holds no values that can be read`);
  const path = join(directory, values.location);
  await using file = await openRegular(path);
  const length = values.length ?? (await file.stat()).size - values.offset;
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, values.offset + at);
    if (bytesRead === 0) throw new Error(`${path} ends within tensor ${name}`);
    at += bytesRead;
  }
  return bytes;
}

/**
 * The values of a float32 or float16 tensor, as float32.
 *
 * @throws Error as {@link readTensorBytes}, and where the tensor holds something else or fewer values than its shape says.
 */
export async function readTensor(layout: TensorLayout, directory: string): Promise<Float32Array> {
  const { name, elementType, shape } = layout;
  const isHalf = elementType === elementTypes.float16;
  if (!isHalf && elementType !== elementTypes.float) throw new Error(`tensor ${name} is no float`);
  const bytes = await readTensorBytes(layout, directory);
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (bytes.length !== size * (isHalf ? 2 : 4)) {
    throw new Error(`tensor ${name} has ${bytes.length} bytes for the shape [${shape.join()}]`);
  }
  // A copy: views ask for an alignment that a file need not have.
  const { buffer } = new Uint8Array(bytes);
  return isHalf
    ? Float32Array.from(new Uint16Array(buffer), halfToFloat)
    : new Float32Array(buffer);
}

/** A float tensor that a graph holds, perhaps behind casts and transpositions. */
export interface Constant {
  readonly shape: readonly number[];
  /** TensorProto.DataType, as the graph's operations see it: float32 or float16. */
  readonly elementType: number;
  /** The values as the graph's operations see them, row by row. */
  readonly read: (directory: string) => Promise<Float32Array>;
}

/** Finds the constants of a graph by the names of values; null where a value is something else. */
export function constantFinder(model: OnnxModel): (value: string) => Constant | null {
  const initializers = new Map(model.initializers.map((tensor) => [tensor.name, tensor.bytes]));
  const producers = producersOf(model);
  return function find(value): Constant | null {
    const tensor = initializers.get(value);
    if (tensor !== undefined) return stored(tensorLayout(tensor));
    const node = producers.get(value);
    return node?.domain === '' ? made(node, find) : null;
  };
}

function made(node: OnnxNode, find: (value: string) => Constant | null): Constant | null {
  const { opType, castTo, inputs } = node;
  if (opType === 'Constant') return constantOf(node);
  const from = find(inputs[0] ?? '');
  if (opType === 'Identity') return from;
  if (castTo === elementTypes.float) return from && { ...from, elementType: castTo };
  return opType === 'Transpose' && from?.shape.length === 2 ? transposed(from) : null;
}

function stored(layout: TensorLayout): Constant | null {
  const { shape, elementType } = layout;
  if (elementType !== elementTypes.float && elementType !== elementTypes.float16) return null;
  return { shape, elementType, read: (directory) => readTensor(layout, directory) };
}

function constantOf(node: OnnxNode): Constant | null {
  const { value } = nodeAttributes(node);
  return value instanceof Uint8Array ? stored(tensorLayout(value)) : null;
}

function transposed({ shape, elementType, read }: Constant): Constant {
  const [rows = 0, columns = 0] = shape;
  return {
    shape: [columns, rows],
    elementType,
    read: async (directory) => transpose(await read(directory), rows, columns),
  };
}

/** Turns a matrix of `rows` rows, kept row by row. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column] ?? 0;
    }
  }
  return turned;
}

/** What a TensorProto says of itself, and where its values lie. */
export interface TensorLayout {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly elementType: number;
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

/** `raw`: little-endian bytes. `halves`: bits of float16, a number each. `external`: a range of a file. */
export type TensorValues =
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  | { readonly kind: 'halves'; readonly bits: readonly number[] }
  | {
      readonly kind: 'external';
      readonly location: string;
      readonly offset: number;
      /** In bytes; null where it reaches to the end of the file. */
      readonly length: number | null;
    }
  | { readonly kind: 'other' };

/** Reads a TensorProto, but not values that lie in a file of their own (onnx.proto3; the field numbers are its). */
export function tensorLayout(tensor: Uint8Array): TensorLayout {
  let name = '';
  let elementType = 0;
  const shape: number[] = [];
  const external = new Map<string, string>();
  let values: TensorValues = { kind: 'other' };
  for (const { number, payload, value } of readFields(tensor)) {
    if (number === 1) shape.push(...(payload.length > 0 ? varints(payload) : [value]));
    else if (number === 2) elementType = value;
    else if (number === 4 || number === 9) values = { kind: 'raw', bytes: payload };
    else if (number === 5) values = { kind: 'halves', bits: varints(payload) };
    else if (number === 8) name = new TextDecoder().decode(payload);
    else if (number === 13) external.set(...entryOf(payload));
  }
  const location = external.get('location');
  if (location !== undefined) values = { kind: 'external', location, ...rangeOf(external) };
  return { name, elementType, shape, values };
}

/** The values of an int64 or int32 TensorProto that lie in the graph; none where it is of another kind. */
export function readIntegers(tensor: Uint8Array): readonly number[] {
  const { elementType, values } = tensorLayout(tensor);
  const isLong = elementType === elementTypes.int64;
  if (!isLong && elementType !== elementTypes.int32) return [];
  if (values.kind === 'raw') {
    const { buffer } = new Uint8Array(values.bytes);
    return isLong ? Array.from(new BigInt64Array(buffer), Number) : [...new Int32Array(buffer)];
  }
  const listed = [...readFields(tensor)].filter(({ number }) => number === (isLong ? 7 : 5));
  return listed.flatMap(({ payload, value }) => (payload.length > 0 ? varints(payload) : [value]));
}

function varints(payload: Uint8Array): number[] {
  const reader = new BinaryReader(payload);
  const numbers: number[] = [];
  while (reader.pos < reader.len) numbers.push(Number(reader.int64()));
  return numbers;
}

function entryOf(entry: Uint8Array): [key: string, value: string] {
  const fields = new Map(
    [...readFields(entry)].map(({ number, payload }) => [
      number,
      new TextDecoder().decode(payload),
    ]),
  );
  return [fields.get(1) ?? '', fields.get(2) ?? ''];
}

function rangeOf(entries: ReadonlyMap<string, string>) {
  const length = entries.get('length');
  return {
    offset: Number(entries.get('offset') ?? 0),
    length: length === undefined ? null : Number(length),
  };
}

/** The value of a float16 (IEEE 754 binary16) by its bits. */
export function halfToFloat(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
