import { BufferType, Data, DataType, makeData, type Vector } from 'apache-arrow';

/** One or more pieces of data of one type, sliced or not. */
export type Pieces<T extends DataType = DataType> = readonly [Data<T>, ...Data<T>[]];

/** What a merged piece of data consists of beside its validity. */
export interface OwnedParts {
  readonly buffers?: Partial<Data['buffers']>;
  readonly children?: Data[];
  readonly dictionary?: Vector | undefined;
  readonly variadicBuffers?: readonly Uint8Array[];
}

/** One piece of data of offset 0 in place of `pieces`, with their validity joined. */
export function ownedData<T extends DataType>(pieces: Pieces<T>, parts: OwnedParts): Data<T> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const nullCount = pieces.reduce((sum, piece) => sum + Math.max(piece.nullCount, 0), 0);
  const validity = nullCount === 0 ? new Uint8Array(0) : joinValidity(pieces, length);
  const buffers = { ...parts.buffers, [BufferType.VALIDITY]: validity };
  const { children, dictionary, variadicBuffers } = parts;
  const { type } = pieces[0];
  return new Data(type, 0, length, nullCount, buffers, children, dictionary, variadicBuffers);
}

function joinValidity(pieces: readonly Data[], length: number): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3).fill(255);
  let at = 0;
  for (const piece of pieces) {
    if (piece.nullCount > 0) {
      const from = { bits: piece.nullBitmap, start: piece.offset };
      copyBits(from, { bits, start: at }, piece.length);
    }
    at += piece.length;
  }
  return bits;
}

/**
 * Copies `length` bits, least significant first within a byte (the Arrow format's bitmaps), between any bit positions.
 * The target's bits outside the range stay.
 */
export function copyBits(
  from: { readonly bits: Uint8Array; readonly start: number },
  to: { readonly bits: Uint8Array; readonly start: number },
  length: number,
): void {
  if (from.start % 8 === 0 && to.start % 8 === 0) return copyAligned(from, to, length);
  for (let i = 0; i < length; i++) copyBit(from.bits, from.start + i, to.bits, to.start + i);
}

function copyAligned(
  from: { readonly bits: Uint8Array; readonly start: number },
  to: { readonly bits: Uint8Array; readonly start: number },
  length: number,
): void {
  const bytes = length >> 3;
  to.bits.set(from.bits.subarray(from.start >> 3, (from.start >> 3) + bytes), to.start >> 3);
  for (let i = bytes * 8; i < length; i++) {
    copyBit(from.bits, from.start + i, to.bits, to.start + i);
  }
}

function copyBit(from: Uint8Array, fromBit: number, to: Uint8Array, toBit: number): void {
  const bit = ((from[fromBit >> 3] ?? 0) >> (fromBit & 7)) & 1;
  const byte = to[toBit >> 3] ?? 0;
  const mask = 1 << (toBit & 7);
  to[toBit >> 3] = bit === 1 ? byte | mask : byte & ~mask;
}

/**
 * The validity bitmap of a column's data, one bit an item from bit 0 on whatever the data's offset; 1 is valid.
 * Undefined where no item is null. May be the data's own buffer: not to be written to.
 */
export function validity(data: Data): Uint8Array | undefined {
  if (DataType.isNull(data.type)) return new Uint8Array((data.length + 7) >> 3);
  if (DataType.isUnion(data.type) || data.nullCount <= 0) return undefined;
  const bytes = (data.length + 7) >> 3;
  if (data.offset === 0) return data.nullBitmap.subarray(0, bytes);
  const bits = new Uint8Array(bytes);
  copyBits({ bits: data.nullBitmap, start: data.offset }, { bits, start: 0 }, data.length);
  return bits;
}

/** A child of nested data; empty where apache-arrow left it out, as it does in batches that it makes empty. */
export function childData(data: Data, index: number): Data {
  const child = data.children[index];
  if (child !== undefined) return child;
  const type = data.type.children[index]?.type;
  if (type === undefined || data.length > 0) {
    throw new RangeError(`${String(data.type)} lacks child ${index}`);
  }
  return makeData({ type, length: 0 });
}

/** Says that data cannot become one piece of its type; caught by `concatRecordBatches`, whose callers keep it apart. */
export class CannotMerge extends Error {
  override readonly name = 'CannotMerge';
}
