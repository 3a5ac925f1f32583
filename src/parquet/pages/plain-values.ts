import { type Leaf, type PageValues, valueWidth } from './column-chunk.ts';

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
