import {
  type Binary,
  BufferType,
  Data,
  DataType,
  type Field,
  type LargeBinary,
  type LargeUtf8,
  type RecordBatch,
  type Utf8,
} from 'apache-arrow';
import { ToeditError } from '../errors.ts';
import { validity } from './buffers.ts';
import { columnOf, withColumns } from './columns.ts';

/** The types a text column may have; its bytes are UTF-8 where they are text at all. */
export type TextType = Utf8 | LargeUtf8 | Binary | LargeBinary;

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
 * Reads a Utf8, LargeUtf8, Binary or LargeBinary column of a record batch, sliced or not.
 *
 * @throws ToeditError `COLUMN_MISSING` (listing the columns there are) or `COLUMN_TYPE`.
 */
export function textColumn(batch: RecordBatch, name: string): TextColumn {
  const { field, data } = columnOf(batch, name);
  if (!isTextField(field)) {
    throw new ToeditError(
      'COLUMN_TYPE',
      `column ${JSON.stringify(name)} is ${String(field.type)}: a text column is Utf8, LargeUtf8, Binary or LargeBinary; name another column or cast this one`,
    );
  }
  return readerOf(field, data);
}

function readerOf(field: Field<TextType>, data: Data): TextColumn {
  const values = (data.values ?? empty) as Uint8Array;
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  const bits = validity(data);
  const isNull = (row: number): boolean =>
    bits !== undefined && (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 0;
  const bytes = (row: number): Uint8Array =>
    isNull(row) ? empty : values.subarray(Number(offsets[row]), Number(offsets[row + 1]));
  return { field, length: data.length, validity: bits, isNull, bytes };
}

const empty = new Uint8Array(0);

function isTextField(field: Field): field is Field<TextType> {
  const { type } = field;
  return (
    DataType.isUtf8(type) ||
    DataType.isLargeUtf8(type) ||
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type)
  );
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
 * The batch with other cells in a text column; the column keeps its type, its place and its field.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`; RangeError where the rows are not the batch's.
 */
export function replaceTextColumn(batch: RecordBatch, name: string, cells: TextCells): RecordBatch {
  const { field } = textColumn(batch, name);
  return withColumns(batch, [{ field, data: textData(field.type, cells) }]);
}

/** The data of a column of that type; the buffers become the column's own. */
export function textData(type: TextType, cells: TextCells): Data<TextType> {
  const { offsets, values, validity } = cells;
  const isLarge = DataType.isLargeUtf8(type) || DataType.isLargeBinary(type);
  return new Data<TextType>(type, 0, offsets.length - 1, validity === undefined ? 0 : -1, {
    [BufferType.OFFSET]: isLarge ? BigInt64Array.from(offsets, BigInt) : offsets,
    [BufferType.DATA]: values,
    [BufferType.VALIDITY]: validity ?? new Uint8Array(0),
  });
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
