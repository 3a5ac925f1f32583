import { type PageValues, valueCount } from '../footer/column-chunk.ts';

/**
 * Parquet's hybrid of runs and bit-packed groups (Encodings.md, RLE = 3): levels, dictionary indexes, booleans.
 */

/**
 * Decodes as many numbers as the output holds.
 *
 * @param width - bits of a number: 0 to 32, at most 8 into bytes.
 * @throws Error where the bytes end before.
 */
export function decodeRuns(
  bytes: Uint8Array,
  width: number,
  output: Uint8Array | Uint32Array,
): void {
  const cursor = { bytes, at: 0 };
  for (let filled = 0; filled < output.length; ) {
    const header = readVarint(cursor);
    const isPacked = header % 2 === 1;
    const count = Math.min(
      isPacked ? Math.floor(header / 2) * 8 : header / 2,
      output.length - filled,
    );
    if (isPacked) {
      unpack(cursor, width, output.subarray(filled, filled + count));
      // The padding of the last group; it may be missing where the page ends.
      cursor.at += Math.floor(header / 2) * width - Math.ceil((count * width) / 8);
    } else output.fill(readNumber(cursor, (width + 7) >> 3), filled, filled + count);
    filled += count;
  }
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1; scale < 2 ** 35; scale *= 128) {
    const byte = readNumber(cursor, 1);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw new Error('the length of a run is too long');
}

function readNumber(cursor: Cursor, size: number): number {
  let value = 0;
  for (let i = 0, scale = 1; i < size; i++, scale *= 256) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw endsTooEarly();
    value += byte * scale;
  }
  return value;
}

/** Numbers follow one another from the lowest bit of the first byte on. */
function unpack(cursor: Cursor, width: number, output: Uint8Array | Uint32Array): void {
  const { bytes } = cursor;
  const size = Math.ceil((output.length * width) / 8);
  if (size > bytes.length - cursor.at) throw endsTooEarly();
  const start = cursor.at;
  cursor.at += size;
  if (width === 0) return void output.fill(0);
  const mask = width === 32 ? 0xffffffff : 2 ** width - 1;
  for (let i = 0, bit = 0; i < output.length; i++, bit += width) {
    const shift = bit & 7;
    let at = start + (bit - shift) / 8;
    let value = (bytes[at] ?? 0) >>> shift;
    for (let have = 8 - shift; have < width; have += 8) value |= (bytes[++at] ?? 0) << have;
    output[i] = value & mask;
  }
}

function endsTooEarly(): Error {
  return new Error('the runs of a page end too early');
}

/** Encodes numbers below `2 ** width`; `width` is 1 to 8. */
export function encodeRuns(numbers: Uint8Array, width: number): Uint8Array {
  const output: number[] = [];
  let packed = 0;
  const endPacked = (end: number): void => {
    if (packed === 0) return;
    pushVarint(output, packed * 2 + 1);
    pack(output, numbers.subarray(end - packed * 8, end), width);
    packed = 0;
  };
  let at = 0;
  while (at < numbers.length) {
    const length = runLength(numbers, at);
    if (length >= 8) {
      endPacked(at);
      pushVarint(output, length * 2);
      output.push(numbers[at] ?? 0);
      at += length;
    } else {
      packed++;
      at += 8;
    }
  }
  endPacked(at);
  return Uint8Array.from(output);
}

function runLength(numbers: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < numbers.length && numbers[end] === numbers[start]) end++;
  return end - start;
}

/** Fills the last group with zeros. */
function pack(output: number[], numbers: Uint8Array, width: number): void {
  let bits = 0;
  let have = 0;
  const padded = Math.ceil(numbers.length / 8) * 8;
  for (let i = 0; i < padded; i++) {
    bits |= (numbers[i] ?? 0) << have;
    have += width;
    for (; have >= 8; have -= 8, bits >>>= 8) output.push(bits & 255);
  }
}

function pushVarint(output: number[], value: number): void {
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) output.push((rest % 128) | 128);
  output.push(rest);
}

/** Values of a page are in memory together. */
const maxBytes = 2 ** 31 - 1;

/**
 * PLAIN_DICTIONARY and RLE_DICTIONARY: the width of an index in bits, then the indexes.
 *
 * @throws Error where the bytes are damaged, or an index is beyond the dictionary.
 */
export function decodeDictionary(
  dictionary: PageValues,
  bytes: Uint8Array,
  count: number,
): PageValues {
  const [width] = bytes;
  if (width === undefined || width > 32) throw new Error('a dictionary index has no valid width');
  const indexes = new Uint32Array(count);
  decodeRuns(bytes.subarray(1), width, indexes);
  const size = valueCount(dictionary);
  for (const index of indexes) {
    if (index >= size) throw new Error(`index ${index} is beyond a dictionary of ${size} values`);
  }
  if (dictionary.kind === 'fixed') return gather(dictionary, indexes);
  const { items } = dictionary;
  return { kind: 'byteArrays', items: Array.from(indexes, (index) => items[index] ?? empty) };
}

const empty = new Uint8Array(0);

function gather(
  { width, bytes }: Extract<PageValues, { kind: 'fixed' }>,
  indexes: Uint32Array,
): PageValues {
  if (indexes.length * width > maxBytes) throw new Error('the values of a page have over 2 GiB');
  const output = new Uint8Array(indexes.length * width);
  let at = 0;
  for (const index of indexes) {
    const start = index * width;
    for (let i = 0; i < width; i++) output[at++] = bytes[start + i] ?? 0;
  }
  return { kind: 'fixed', width, count: indexes.length, bytes: output };
}
