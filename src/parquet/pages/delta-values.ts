import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { TooLarge } from '../../errors.ts';
import { type Leaf, type PageValues, valueWidth } from '../footer/column-chunk.ts';

/** Values of a page are in memory together, and each may repeat a beginning of the one before it. */
const maxBytes = 2 ** 31 - 1;

interface Reader {
  readonly view: DataView;
  offset: number;
}

/**
 * DELTA_BINARY_PACKED of INT32 and INT64.
 *
 * @throws Error where the bytes are damaged.
 */
export function decodeDeltaNumbers(leaf: Leaf, bytes: Uint8Array, count: number): PageValues {
  const numbers = leaf.physicalType === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
  unpack(readerOf(bytes), numbers);
  const output = new Uint8Array(numbers.buffer);
  return { kind: 'fixed', width: numbers.BYTES_PER_ELEMENT, count, bytes: output };
}

/**
 * DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. The values are views of the bytes.
 *
 * @throws Error where the bytes are damaged.
 */
export function decodeDeltaLengths(bytes: Uint8Array, count: number): PageValues {
  const reader = readerOf(bytes);
  const lengths = new Int32Array(count);
  unpack(reader, lengths);
  const ends = endsOf(lengths, bytes.length - reader.offset);
  const items = slices(bytes.subarray(reader.offset), ends);
  return { kind: 'byteArrays', items };
}

/**
 * DELTA_BYTE_ARRAY: how many bytes of the value before it each begins with, then the rest of each as
 * DELTA_LENGTH_BYTE_ARRAY.
 *
 * @throws Error where the bytes are damaged, or the values have over 2 GiB; TooLarge where they have more than `most` bytes.
 */
export function decodeDeltaStrings(
  leaf: Leaf,
  bytes: Uint8Array,
  { count, most = maxBytes }: { readonly count: number; readonly most?: number | undefined },
): PageValues {
  const reader = readerOf(bytes);
  const prefixes = new Int32Array(count);
  const suffixes = new Int32Array(count);
  unpack(reader, prefixes);
  unpack(reader, suffixes);
  endsOf(suffixes, bytes.length - reader.offset);
  const ends = endsOf(prefixes, maxBytes, suffixes);
  const size = ends.at(-1) ?? 0;
  if (size > most) throw new TooLarge('a page', { bytes: size, most }, 'decoded');
  const output = new Uint8Array(size);
  let at = reader.offset;
  for (let i = 0, start = 0, before = 0; i < count; i++) {
    const prefix = prefixes[i] ?? 0;
    const suffix = suffixes[i] ?? 0;
    if (prefix > start - before) throw damaged();
    output.copyWithin(start, before, before + prefix);
    output.set(bytes.subarray(at, at + suffix), start + prefix);
    at += suffix;
    before = start;
    start += prefix + suffix;
  }
  return ofWidth(leaf, output, ends);
}

/** FIXED_LEN_BYTE_ARRAY may be so encoded too. */
function ofWidth(leaf: Leaf, bytes: Uint8Array, ends: Float64Array): PageValues {
  const width = valueWidth(leaf);
  if (width === undefined) return { kind: 'byteArrays', items: slices(bytes, ends) };
  const count = ends.length;
  if (ends.some((end, i) => end !== (i + 1) * width)) throw damaged();
  return { kind: 'fixed', width, count, bytes };
}

function slices(bytes: Uint8Array, ends: Float64Array): Uint8Array[] {
  return Array.from(ends, (end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

/** The running sum of lengths, or of both lengths. */
function endsOf(lengths: Int32Array, most: number, more?: Int32Array): Float64Array {
  const ends = new Float64Array(lengths.length);
  let end = 0;
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i] ?? 0;
    if (length < 0) throw damaged();
    end += length + (more?.[i] ?? 0);
    ends[i] = end;
  }
  if (end > most) throw damaged();
  return ends;
}

function readerOf(bytes: Uint8Array): Reader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

/** hyparquet takes the four numbers before the first block as they are: a damaged one would cost memory or values. */
function unpack(reader: Reader, output: Int32Array | BigInt64Array): void {
  const header = { ...reader };
  const blockSize = readVarint(header);
  const miniblocks = readVarint(header);
  const count = readVarint(header);
  const isValid = blockSize > 0 && blockSize <= 2 ** 24 && blockSize % 128 === 0 && miniblocks > 0;
  if (!isValid || (blockSize / miniblocks) % 32 !== 0 || count !== output.length) throw damaged();
  if (count === 0) {
    readVarint(header);
    reader.offset = header.offset;
  } else deltaBinaryUnpack(reader, output.length, output);
}

function readVarint(reader: Reader): number {
  let value = 0;
  for (let scale = 1; scale < 2 ** 70; scale *= 128) {
    const byte = reader.view.getUint8(reader.offset++);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw damaged();
}

function damaged(): Error {
  return new Error('the delta encoding of a page is damaged');
}
