import { BufferType, type Data, DataType, makeData, Type } from 'apache-arrow';
import { childData } from './child-data.ts';
import { concatDictionaryData } from './concat-dictionary-data.ts';
import { concatListData } from './concat-list-data.ts';
import { concatUnionData } from './concat-union-data.ts';
import { concatVariableData } from './concat-variable-data.ts';
import { concatViewData } from './concat-view-data.ts';
import { copyBits } from './copy-bits.ts';
import { ownedData, type Pieces } from './owned-data.ts';

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
