import { NotRead } from '../../errors.ts';
import { type Leaf, type PageValues, valueWidth } from '../footer/column-chunk.ts';
import { decodeDeltaLengths, decodeDeltaNumbers, decodeDeltaStrings } from './delta-values.ts';
import { decodeDictionary, decodeRuns } from './run-lengths.ts';

/** What the bytes of a page's values are. */
export interface EncodedValues {
  readonly leaf: Leaf;
  /** Encoding of parquet.thrift. */
  readonly encoding: number;
  /** Entries that are not null. */
  readonly count: number;
  /** Of the chunk's dictionary page, where one came before. */
  readonly dictionary: PageValues | undefined;
}

/**
 * Decodes the values of a page, its levels taken away. They may be views of the bytes.
 *
 * @param most - bytes of values that repeat the beginnings of others. @defaultValue 2 GiB
 * @throws Error where the bytes are damaged, or the encoding is none for the leaf's type; TooLarge.
 */
export function decodeValues(encoded: EncodedValues, bytes: Uint8Array, most?: number): PageValues {
  const { leaf, encoding, count, dictionary } = encoded;
  // A page of nulls alone may have no bytes, not even those that an encoding begins with.
  if (count === 0) return decodePlain(leaf, bytes, 0);
  switch (encoding) {
    case 0:
      return decodePlain(leaf, bytes, count);
    case 2:
    case 8:
      if (dictionary === undefined) throw new Error('it has no dictionary, which a page refers to');
      return decodeDictionary(dictionary, bytes, count);
    case 3:
      requireType(leaf, ['BOOLEAN'], encoding);
      return decodeBooleanRuns(bytes, count);
    case 5:
      requireType(leaf, ['INT32', 'INT64'], encoding);
      return decodeDeltaNumbers(leaf, bytes, count);
    case 6:
      requireType(leaf, ['BYTE_ARRAY'], encoding);
      return decodeDeltaLengths(bytes, count);
    case 7:
      requireType(leaf, ['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'], encoding);
      return decodeDeltaStrings(leaf, bytes, { count, most });
    case 9:
      requireType(leaf, ['FLOAT', 'DOUBLE', 'INT32', 'INT64', 'FIXED_LEN_BYTE_ARRAY'], encoding);
      return decodeByteStreams(valueWidth(leaf) ?? 0, bytes, count);
    case alp:
      throw new NotRead(
        'a page has the encoding ALP, which toedit cannot read; write the file again with another one',
      );
    default:
      throw new Error(`a page has encoding ${encoding}, which does not exist`);
  }
}

/** Of no released format. */
const alp = 10;

function requireType(
  { physicalType }: Leaf,
  types: readonly Leaf['physicalType'][],
  encoding: number,
): void {
  if (types.includes(physicalType)) return;
  throw new Error(`a page of ${physicalType} has encoding ${encoding}, which is for other types`);
}

/** RLE of BOOLEAN: the length of the runs in 4 bytes, then these. */
function decodeBooleanRuns(bytes: Uint8Array, count: number): PageValues {
  const booleans = new Uint8Array(count);
  decodeRuns(bytes.subarray(4), 1, booleans);
  return { kind: 'fixed', width: 1, count, bytes: booleans.map((value) => value & 1) };
}

/** BYTE_STREAM_SPLIT: the first byte of each value, then the second of each, and so on. */
function decodeByteStreams(width: number, bytes: Uint8Array, count: number): PageValues {
  if (width * count > bytes.length) throw new Error('the values of a page end too early');
  const output = new Uint8Array(width * count);
  for (let stream = 0; stream < width; stream++) {
    for (let i = 0; i < count; i++) output[i * width + stream] = bytes[stream * count + i] ?? 0;
  }
  return { kind: 'fixed', width, count, bytes: output };
}

/** Bytes of the length before each byte array. */
const lengthBytes = 4;

/**
 * Values as the encoding PLAIN has them: byte arrays behind their lengths, numbers little-endian, booleans as bits. The
 * values are views of the bytes.
 *
 * @throws Error where the bytes end before `count` values do.
 */
export function decodePlain(leaf: Leaf, bytes: Uint8Array, count: number): PageValues {
  if (leaf.physicalType === 'BOOLEAN') return decodeBits(bytes, count);
  const width = valueWidth(leaf);
  if (width === undefined) return { kind: 'byteArrays', items: decodeByteArrays(bytes, count) };
  if (count * width > bytes.length) throw endsTooEarly();
  return { kind: 'fixed', width, count, bytes: bytes.subarray(0, count * width) };
}

function decodeByteArrays(bytes: Uint8Array, count: number): Uint8Array[] {
  // Each takes 4 bytes at least: a damaged count must not cost memory.
  if (count * lengthBytes > bytes.length) throw endsTooEarly();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items = new Array<Uint8Array>(count);
  for (let i = 0, at = 0; i < count; i++) {
    if (at + lengthBytes > bytes.length) throw endsTooEarly();
    const start = at + lengthBytes;
    at = start + view.getUint32(at, true);
    if (at > bytes.length) throw endsTooEarly();
    items[i] = bytes.subarray(start, at);
  }
  return items;
}

function decodeBits(bytes: Uint8Array, count: number): PageValues {
  if (count > bytes.length * 8) throw endsTooEarly();
  const booleans = new Uint8Array(count);
  for (let i = 0; i < count; i++) booleans[i] = ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1;
  return { kind: 'fixed', width: 1, count, bytes: booleans };
}

function endsTooEarly(): Error {
  return new Error('the values of a page end too early');
}

/** The inverse of {@link decodePlain}. */
export function encodePlain(leaf: Leaf, values: PageValues): Uint8Array {
  if (values.kind === 'byteArrays') return encodeByteArrays(values.items);
  return leaf.physicalType === 'BOOLEAN' ? encodeBits(values.bytes) : values.bytes;
}

function encodeByteArrays(items: readonly Uint8Array[]): Uint8Array {
  let size = items.length * lengthBytes;
  for (const item of items) size += item.length;
  const output = Buffer.allocUnsafe(size);
  let at = 0;
  for (const item of items) {
    output.writeUInt32LE(item.length, at);
    output.set(item, at + lengthBytes);
    at += lengthBytes + item.length;
  }
  return output;
}

function encodeBits(booleans: Uint8Array): Uint8Array {
  const output = new Uint8Array(Math.ceil(booleans.length / 8));
  for (const [i, value] of booleans.entries())
    output[i >> 3] = (output[i >> 3] ?? 0) | (value << (i & 7));
  return output;
}
