import {
  type Binary,
  type BinaryView,
  type Data,
  DataType,
  type Dictionary,
  type FixedSizeBinary,
  type LargeBinary,
  type LargeUtf8,
  type Null,
  type Utf8,
  type Utf8View,
} from 'apache-arrow';
import { copyBits, validity } from './buffers.ts';

/** Types of text and binary values of any length. */
export type BytesType = Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView;

/** Types whose items are bytes, or nothing at all: the value of a dictionary counts as its item. */
export type BytesLikeType = BytesType | FixedSizeBinary | Null | Dictionary<BytesType>;

/** True of {@link BytesType}. */
export function isBytes(type: DataType): type is BytesType {
  return isText(type) || isBinary(type);
}

/** True of {@link BytesLikeType}. */
export function isBytesLike(type: DataType): type is BytesLikeType {
  if (DataType.isDictionary(type)) return isBytes(type.dictionary as DataType);
  return isBytes(type) || DataType.isFixedSizeBinary(type) || DataType.isNull(type);
}

/** True of text of any kind. */
export function isText(type: DataType): boolean {
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type);
}

/** True of binary of any kind but those of fixed size. */
export function isBinary(type: DataType): boolean {
  return DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type);
}

/** The bytes of an item, a view of the data's memory; of an item that is null they mean nothing. */
export type ByteCells = (index: number) => Uint8Array;

const none = new Uint8Array(0);

/** The items of data of a {@link BytesLikeType}, sliced or not. Items count from 0. */
export function byteCells(data: Data): ByteCells {
  const { type } = data;
  const values = (data.values ?? none) as Uint8Array;
  if (DataType.isNull(type)) return () => none;
  if (DataType.isDictionary(type)) return dictionaryCells(data);
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) return viewCells(data, values);
  if (DataType.isFixedSizeBinary(type)) {
    const { byteWidth } = type;
    return (index) => values.subarray(byteWidth * index, byteWidth * (index + 1));
  }
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  return (index) => values.subarray(Number(offsets[index]), Number(offsets[index + 1]));
}

/** A view: its length, then the bytes themselves (12 at most), or 4 of them, a buffer's index and a position there. */
export const viewLayout = { bytes: 16, inlineBytes: 12, buffer: 8, position: 12 } as const;

function viewCells({ variadicBuffers }: Data, values: Uint8Array): ByteCells {
  const views = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const { bytes, inlineBytes, buffer, position } = viewLayout;
  return (index) => {
    const at = index * bytes;
    const size = views.getInt32(at, true);
    if (size <= inlineBytes) return values.subarray(at + 4, at + 4 + size);
    const start = views.getInt32(at + position, true);
    const long = variadicBuffers[views.getInt32(at + buffer, true)];
    return long?.subarray(start, start + size) ?? none;
  };
}

function dictionaryCells(data: Data): ByteCells {
  const entry = dictionaryEntries(data);
  const cells = (data.dictionary?.data ?? []).map(byteCells);
  return (index) => {
    const { chunk, at } = entry(index);
    return cells[chunk]?.(at) ?? none;
  };
}

/** A place in a dictionary: the number of its chunk, and the position there. */
interface DictionaryPlace {
  readonly chunk: number;
  readonly at: number;
}

/** Where the value of an item of dictionary data is. A dictionary that grew has many chunks, so they are not walked. */
function dictionaryEntries({ values, dictionary }: Data): (index: number) => DictionaryPlace {
  const keys = values as Int32Array | BigInt64Array;
  const begins: number[] = [];
  let length = 0;
  for (const chunk of dictionary?.data ?? []) {
    begins.push(length);
    length += chunk.length;
  }
  return (index) => {
    const key = Number(keys[index]);
    let [low, high] = [0, begins.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((begins[middle] ?? 0) <= key) low = middle;
      else high = middle;
    }
    return { chunk: low, at: key - (begins[low] ?? 0) };
  };
}

/** As `validity`, of data of a {@link BytesLikeType}: a null value of a dictionary makes its items null. */
export function byteCellsValidity(data: Data): Uint8Array | undefined {
  const bits = validity(data);
  const chunks = data.dictionary?.data ?? [];
  if (!chunks.some(({ nullCount }) => nullCount > 0)) return bits;
  const entry = dictionaryEntries(data);
  const joined = new Uint8Array((data.length + 7) >> 3).fill(255);
  if (bits !== undefined) copyBits({ bits, start: 0 }, { bits: joined, start: 0 }, data.length);
  for (let row = 0; row < data.length; row++) {
    const { chunk, at } = entry(row);
    const isNull = ((joined[row >> 3] ?? 0) >> (row & 7)) % 2 === 0;
    if (isNull || chunks[chunk]?.getValid(at) !== false) continue;
    joined[row >> 3] = (joined[row >> 3] ?? 0) & ~(1 << (row & 7));
  }
  return joined;
}
