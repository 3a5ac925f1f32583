import { type Data, DataType, type RecordBatch, Vector } from 'apache-arrow';
import { columnOf } from '../arrow/column-of.ts';
import { textColumn } from '../arrow/text-column.ts';
import { ToeditError } from '../errors.ts';

/**
 * The bytes of a column's values that key draws, by row; undefined where null. Strings and binary values give their
 * bytes, whole numbers of any width their decimal text in ASCII: so "12" and 12 are the same key.
 *
 * @throws ToeditError `COLUMN_MISSING`, or `COLUMN_TYPE` for any other type.
 */
export function keyColumn(
  batch: RecordBatch,
  name: string,
): (row: number) => Uint8Array | undefined {
  const { data } = columnOf(batch, name);
  const { type } = data;
  if (DataType.isInt(type)) return decimalBytes(data);
  if (!isText(type)) {
    throw new ToeditError(
      'COLUMN_TYPE',
      `key column ${JSON.stringify(name)} is ${String(type)}: choose one of strings, binary values or whole numbers`,
    );
  }
  const text = textColumn(batch, name);
  return (row) => (text.isNull(row) ? undefined : text.bytes(row));
}

function isText(type: DataType): boolean {
  return (
    DataType.isUtf8(type) ||
    DataType.isLargeUtf8(type) ||
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type)
  );
}

function decimalBytes(data: Data): (row: number) => Uint8Array | undefined {
  const values = new Vector([data]);
  const encoder = new TextEncoder();
  return (row) => {
    const value = values.get(row) as number | bigint | null;
    return value === null ? undefined : encoder.encode(String(value));
  };
}
