import { BufferType, Data, DataType, makeData, Type, type Union, UnionMode } from 'apache-arrow';
import { CannotMerge, childData, copyBits, ownedData, type Pieces } from '../buffers.ts';
import { concatViewData } from './concat-view-data.ts';
import { concatDictionaryData } from './dictionaries.ts';

/**
 * Copies pieces of one type into one, whose every buffer is its own and starts at offset 0, at every depth; only a
 * dictionary that all pieces share is shared on.
 *
 * apache-arrow's own slices keep a bit offset and nested offsets, which its IPC writer and other readers get wrong.
 *
 * @throws CannotMerge where the result does not fit the type: offsets of 32 bits, indices of a dictionary.
 */
export function concatData(pieces: Pieces): Data {
  const { type } = pieces[0];
  switch (type.typeId) {
    case Type.Null:
      return makeData({ type, length: pieces.reduce((sum, { length }) => sum + length, 0) });
    case Type.Bool:
      return concatBoolData(pieces);
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
      return concatVariableData(pieces);
    case Type.Utf8View:
    case Type.BinaryView:
      return concatViewData(pieces);
    case Type.List:
    case Type.LargeList:
    case Type.Map:
      return concatListData(pieces, concatData);
    case Type.FixedSizeList:
    case Type.Struct:
      return concatNestedData(pieces);
    case Type.Union:
      return concatUnionData(pieces, concatData);
    case Type.Dictionary:
      return concatDictionaryData(pieces, concatData);
    default:
      return concatFixedData(pieces);
  }
}

function concatBoolData(pieces: Pieces): Data {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bits = new Uint8Array((length + 7) >> 3);
  let at = 0;
  for (const piece of pieces) {
    const values = (piece.values ?? new Uint8Array(0)) as Uint8Array;
    copyBits({ bits: values, start: piece.offset }, { bits, start: at }, piece.length);
    at += piece.length;
  }
  return ownedData(pieces, { buffers: { [BufferType.DATA]: bits } });
}

function concatFixedData(pieces: Pieces): Data {
  const { type, stride } = pieces[0];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const values = new type.ArrayType(length * stride) as Uint8Array;
  let at = 0;
  for (const piece of pieces) {
    if (piece.length > 0) values.set(piece.values.subarray(0, piece.length * stride), at);
    at += piece.length * stride;
  }
  return ownedData(pieces, { buffers: { [BufferType.DATA]: values } });
}

/** Structs and lists of fixed size: a child has a fixed number of items an item. */
function concatNestedData(pieces: Pieces): Data {
  const stride = DataType.isFixedSizeList(pieces[0].type) ? pieces[0].stride : 1;
  const children = pieces[0].type.children.map((_, index) => {
    const [first, ...rest] = pieces.map((piece) => childOf(piece, index, stride));
    return concatData([first, ...rest] as unknown as Pieces);
  });
  return ownedData(pieces, { children });
}

function childOf(piece: Data, index: number, stride: number): Data {
  return childData(piece, index).slice(0, piece.length * stride);
}

/** Joins pieces of text or binary data, of 32- or 64-bit offsets. */
function concatVariableData(pieces: Pieces): Data {
  const { offsets, ranges, total } = joinOffsets(pieces);
  const values = new Uint8Array(total);
  let at = 0;
  for (const [index, { begin, end }] of ranges.entries()) {
    if (end > begin) values.set(pieces[index]?.values.subarray(begin, end), at);
    at += end - begin;
  }
  return ownedData(pieces, {
    buffers: { [BufferType.OFFSET]: offsets, [BufferType.DATA]: values },
  });
}

/**
 * Joins pieces of lists or maps.
 *
 * @param concat - joins the pieces' items.
 */
function concatListData(pieces: Pieces, concat: (pieces: Pieces) => Data): Data {
  const { offsets, ranges } = joinOffsets(pieces);
  const [first, ...rest] = pieces.map((piece, index) => {
    const { begin, end } = ranges[index] ?? { begin: 0, end: 0 };
    return childData(piece, 0).slice(begin, end - begin);
  });
  const items = concat([first, ...rest] as unknown as Pieces);
  return ownedData(pieces, { buffers: { [BufferType.OFFSET]: offsets }, children: [items] });
}

/** Joined offsets, which start at 0, and where the items of each piece lie in its own buffers. */
export interface JoinedOffsets {
  readonly offsets: Int32Array | BigInt64Array;
  readonly ranges: readonly { readonly begin: number; readonly end: number }[];
  /** The sum of the ranges. */
  readonly total: number;
}

/**
 * Joins the offsets of variable-size pieces.
 *
 * @throws CannotMerge where they no longer fit 32 bits.
 */
function joinOffsets(pieces: readonly Data[]): JoinedOffsets {
  const ranges = pieces.map(({ length, valueOffsets }) =>
    length === 0
      ? { begin: 0, end: 0 }
      : { begin: Number(valueOffsets[0]), end: Number(valueOffsets[length]) },
  );
  const total = ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const rows = pieces.reduce((sum, { length }) => sum + length, 0);
  if (pieces.some(({ valueOffsets }) => valueOffsets instanceof BigInt64Array)) {
    return { offsets: join64(pieces, rows), ranges, total };
  }
  if (total > 2 ** 31 - 1) throw new CannotMerge(`${total} items do not fit offsets of 32 bits`);
  return { offsets: join32(pieces, rows), ranges, total };
}

function join32(pieces: readonly Data[], rows: number): Int32Array {
  const offsets = new Int32Array(rows + 1);
  let row = 0;
  for (const { length, valueOffsets } of pieces) {
    const shift = (offsets[row] ?? 0) - Number(valueOffsets?.[0] ?? 0);
    for (let i = 1; i <= length; i++) offsets[++row] = Number(valueOffsets[i]) + shift;
  }
  return offsets;
}

function join64(pieces: readonly Data[], rows: number): BigInt64Array {
  const offsets = new BigInt64Array(rows + 1);
  let row = 0;
  for (const { length, valueOffsets } of pieces) {
    const shift = (offsets[row] ?? 0n) - BigInt(valueOffsets?.[0] ?? 0);
    for (let i = 1; i <= length; i++) offsets[++row] = BigInt(valueOffsets[i]) + shift;
  }
  return offsets;
}

/**
 * Joins pieces of sparse or dense unions.
 *
 * @param concat - joins the pieces of one child.
 */
function concatUnionData(pieces: Pieces, concat: (pieces: Pieces) => Data): Data {
  const type = pieces[0].type as Union;
  const rows = pieces.reduce((sum, { length }) => sum + length, 0);
  const typeIds = new Int8Array(rows);
  const valueOffsets = new Int32Array(type.mode === UnionMode.Dense ? rows : 0);
  const taken = type.children.map(() => [] as Data[]);
  let row = 0;
  for (const piece of pieces) {
    typeIds.set(piece.typeIds.subarray(0, piece.length), row);
    if (type.mode === UnionMode.Dense) takeDense(piece, taken, valueOffsets.subarray(row));
    else taken.forEach((child, i) => void child.push(childData(piece, i).slice(0, piece.length)));
    row += piece.length;
  }
  const children = taken.map((child) => concat(child as unknown as Pieces));
  const buffers = {
    [BufferType.TYPE]: typeIds,
    ...(type.mode === UnionMode.Dense ? { [BufferType.OFFSET]: valueOffsets } : {}),
  };
  return new Data(type, 0, rows, -1, buffers, children);
}

/** Takes of each child the range that the piece points at, and points the new offsets there. */
function takeDense(piece: Data, taken: readonly Data[][], offsets: Int32Array): void {
  const type = piece.type as Union;
  const lowest = type.children.map(() => Number.POSITIVE_INFINITY);
  const highest = type.children.map(() => -1);
  const childOf = (row: number): number => type.typeIdToChildIndex[piece.typeIds[row]] ?? 0;
  for (let row = 0; row < piece.length; row++) {
    const child = childOf(row);
    const at = Number(piece.valueOffsets[row]);
    lowest[child] = Math.min(lowest[child] ?? at, at);
    highest[child] = Math.max(highest[child] ?? at, at);
  }
  const base = taken.map((chunks) => chunks.reduce((sum, { length }) => sum + length, 0));
  for (let row = 0; row < piece.length; row++) {
    const child = childOf(row);
    offsets[row] = Number(piece.valueOffsets[row]) - (lowest[child] ?? 0) + (base[child] ?? 0);
  }
  taken.forEach((child, i) => {
    const end = (highest[i] ?? -1) + 1;
    const begin = Math.min(lowest[i] ?? 0, end);
    child.push(childData(piece, i).slice(begin, end - begin));
  });
}
