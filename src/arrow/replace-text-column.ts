import { BufferType, Data, DataType, type RecordBatch } from 'apache-arrow';
import { type TextType, textColumn } from './text-column.ts';
import { withColumns } from './with-columns.ts';

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
