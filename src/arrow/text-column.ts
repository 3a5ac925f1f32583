import {
  BufferType,
  Data,
  DataType,
  Dictionary,
  type Field,
  Int32,
  makeData,
  type RecordBatch,
  Vector,
} from 'apache-arrow';
import { ToeditError } from '../errors.ts';
import { CannotMerge, ownedData } from './buffers.ts';
import {
  type BytesLikeType,
  type BytesType,
  byteCells,
  byteCellsValidity,
  isBytesLike,
  viewLayout,
} from './byte-cells.ts';
import { columnOf, withColumns } from './columns.ts';
import { concatData } from './concat/concat-data.ts';
import { type GrowingDictionary, growingDictionary } from './concat/dictionaries.ts';

/** The types a text column may have; its bytes are UTF-8 where they are text at all. */
export type TextType = BytesLikeType;

/** A reader over the bytes of a text column. Rows count from 0. */
export interface TextColumn {
  readonly field: Field<TextType>;
  readonly length: number;
  /** One bit a row from bit 0 on, 1 where there is a text; undefined where no row is null. */
  readonly validity: Uint8Array | undefined;
  isNull(row: number): boolean;
  /** The row's bytes, a view of the batch's memory; empty where the row is null. */
  bytes(row: number): Uint8Array;
}

/**
 * Reads a text column of a record batch, sliced or not: text or binary of any kind, a dictionary of these, or nulls alone.
 *
 * @throws ToeditError `COLUMN_MISSING` (listing the columns there are) or `COLUMN_TYPE`.
 */
export function textColumn(batch: RecordBatch, name: string): TextColumn {
  const { field, data } = columnOf(batch, name);
  if (!isTextField(field)) {
    throw new ToeditError(
      'COLUMN_TYPE',
      `column ${JSON.stringify(name)} is ${String(field.type)}: a text column is text or binary of any kind, or a dictionary of these; name another column or cast this one`,
    );
  }
  const cells = byteCells(data);
  const bits = byteCellsValidity(data);
  const isNull = (row: number): boolean =>
    bits !== undefined && (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 0;
  const bytes = (row: number): Uint8Array => (isNull(row) ? empty : cells(row));
  return { field, length: data.length, validity: bits, isNull, bytes };
}

const empty = new Uint8Array(0);

function isTextField(field: Field): field is Field<TextType> {
  return isBytesLike(field.type);
}

/**
 * Makes sure that texts of any length can be put into a text column.
 *
 * @throws ToeditError `COLUMN_TYPE` where it is binary of a fixed size, or a dictionary whose order means something;
 * `COLUMN_MISSING`.
 */
export function requireEditable(batch: RecordBatch, name: string): void {
  const { type } = textColumn(batch, name).field;
  const why = whyNotEdited(type);
  if (why === undefined) return;
  throw new ToeditError(
    'COLUMN_TYPE',
    `column ${JSON.stringify(name)} is ${String(type)}: ${why}; cast it to text (utf8), or only score it`,
  );
}

function whyNotEdited(type: DataType): string | undefined {
  if (DataType.isFixedSizeBinary(type)) return 'an edited text would have another length';
  const isClosed = DataType.isDictionary(type) && type.isOrdered;
  return isClosed
    ? 'it is ordered, and an edited text would have no place in its order'
    : undefined;
}

/** The cells of a text column: row `i` is `values[offsets[i] .. offsets[i + 1]]`. */
export interface TextCells {
  /** Rows + 1 ascending byte positions in `values`. */
  readonly offsets: Int32Array;
  readonly values: Uint8Array;
  /** One bit a row from bit 0 on, 1 where there is a text; undefined where no row is null. */
  readonly validity?: Uint8Array | undefined;
}

/**
 * The batch with other cells in a text column; the column keeps its type, its place and its field. Of a dictionary, the values
 * are those that rows use, by first use.
 *
 * @throws ToeditError `COLUMN_MISSING`, `COLUMN_TYPE` where no texts can be put there, or `TYPE_LOST` where a dictionary's
 * indices are too few; RangeError where the rows are not the batch's.
 */
export function replaceTextColumn(batch: RecordBatch, name: string, cells: TextCells): RecordBatch {
  requireEditable(batch, name);
  const { field } = textColumn(batch, name);
  return withColumns(batch, [{ field, data: cellsData(field, cells) }]);
}

function cellsData({ name, type }: Field<TextType>, cells: TextCells): Data {
  if (DataType.isDictionary(type)) return textDictionary(name, type, cells);
  if (DataType.isNull(type) || DataType.isFixedSizeBinary(type)) {
    throw new RangeError(`no texts can be put into ${String(type)}`);
  }
  return textData(type, cells);
}

function textDictionary(name: string, type: Dictionary<BytesType>, cells: TextCells): Data {
  const length = cells.offsets.length - 1;
  const values = textData(type.dictionary, { offsets: cells.offsets, values: cells.values });
  const validity = { nullBitmap: cells.validity ?? empty, nullCount: cells.validity ? -1 : 0 };
  const rows = makeData({
    ...{ type: new Dictionary(type.dictionary, new Int32()), length, ...validity },
    data: Int32Array.from({ length }, (_, row) => row),
    dictionary: new Vector([values]),
  });
  const grown = growingDictionary(type, concatData);
  const buffers = { [BufferType.DATA]: indicesIn(grown, rows, { name, type }) };
  const none = makeData({ type: type.dictionary, length: 0 });
  const dictionary = new Vector([concatData([none, ...grown.chunks])]);
  return ownedData([rows], { buffers, dictionary }).clone(type);
}

function indicesIn(
  grown: GrowingDictionary,
  rows: Data,
  { name, type }: { readonly name: string; readonly type: Dictionary },
): Uint8Array {
  try {
    return grown.indicesOf(rows);
  } catch (cause) {
    if (!(cause instanceof CannotMerge)) throw cause;
    throw new ToeditError(
      'TYPE_LOST',
      `column ${JSON.stringify(name)} is ${String(type)}, whose indices cannot number its edited texts (${cause.message}); cast it to text (utf8), or to a dictionary of wider indices`,
      { cause },
    );
  }
}

/** The data of a column of that type; the buffers become the column's own. */
export function textData(type: BytesType, cells: TextCells): Data<BytesType> {
  const { offsets, values, validity } = cells;
  const isView = DataType.isUtf8View(type) || DataType.isBinaryView(type);
  const isLarge = DataType.isLargeUtf8(type) || DataType.isLargeBinary(type);
  const wide = isLarge ? BigInt64Array.from(offsets, BigInt) : offsets;
  const buffers = isView
    ? { [BufferType.DATA]: viewsOf(offsets, values) }
    : { [BufferType.OFFSET]: wide, [BufferType.DATA]: values };
  const all = { ...buffers, [BufferType.VALIDITY]: validity ?? empty };
  const nullCount = validity === undefined ? 0 : -1;
  const long = isView ? [values] : [];
  return new Data<BytesType>(type, 0, offsets.length - 1, nullCount, all, [], undefined, long);
}

/** Views of values that lie in one buffer, one behind the other. */
function viewsOf(offsets: Int32Array, values: Uint8Array): Uint8Array {
  const { bytes: viewBytes, inlineBytes, position } = viewLayout;
  const rows = offsets.length - 1;
  const views = new Uint8Array(rows * viewBytes);
  const cells = new DataView(views.buffer);
  for (let row = 0; row < rows; row++) {
    const at = row * viewBytes;
    const [start, end] = [offsets[row] ?? 0, offsets[row + 1] ?? 0];
    const isInline = end - start <= inlineBytes;
    cells.setInt32(at, end - start, true);
    views.set(values.subarray(start, isInline ? end : start + 4), at + 4);
    if (!isInline) cells.setInt32(at + position, start, true);
  }
  return views;
}

/**
 * The cells of a text column from the bytes of each row.
 *
 * @param validity - one bit a row, 1 where there is a text; undefined where no row is null
 * @throws ToeditError `BAD_OPTION` where they are 2 GiB or more together.
 */
export function joinTexts(
  texts: readonly Uint8Array[],
  validity: Uint8Array | undefined,
): TextCells {
  const size = texts.reduce((sum, text) => sum + text.length, 0);
  if (size > LARGEST_OFFSET) {
    throw new ToeditError(
      'BAD_OPTION',
      `the texts of one record batch have ${size} bytes: take record batches below 2 GiB`,
    );
  }
  const offsets = new Int32Array(texts.length + 1);
  const values = new Uint8Array(size);
  texts.forEach((text, row) => {
    const offset = offsets[row] ?? 0;
    values.set(text, offset);
    offsets[row + 1] = offset + text.length;
  });
  return { offsets, values, validity };
}

const LARGEST_OFFSET = 2 ** 31 - 1;
