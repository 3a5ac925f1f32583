import type { Binary, Data, Field, LargeBinary, LargeUtf8, RecordBatch, Utf8 } from 'apache-arrow';
import { DataType } from 'apache-arrow';
import { ToeditError } from '../errors.ts';
import { columnOf } from './column-of.ts';
import { validity } from './validity.ts';

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
