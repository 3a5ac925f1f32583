import { Data, DataType, type Field, type RecordBatch } from 'apache-arrow';
import { addedColumn } from '../arrow/added-column.ts';
import { childData } from '../arrow/child-data.ts';
import { type Column, columnOf } from '../arrow/column-of.ts';
import { listRanges } from '../arrow/list-reader.ts';
import { validity } from '../arrow/validity.ts';
import { columnNames, editsType } from '../columns.ts';
import { documentKey } from '../random/document-key.ts';
import type { Splice } from '../text/splice.ts';
import { recordedEditsType, textHashName, textHashType } from './record-types.ts';

/** An edit of a record: the splice that makes it, and the bytes that must stand there before. */
export interface RecordedEdit extends Splice {
  readonly oldBytes: Uint8Array;
}

/** A record batch of a record, by rows. */
export interface RecordRows {
  /** Whether these are the bytes of the text that was read; null stands for a null text. */
  isText(row: number, bytes: Uint8Array | null): boolean;
  /** By ascending offset; none where the row passes unedited, or the record is one of scores. */
  edits(row: number): readonly RecordedEdit[];
}

/**
 * Reads a batch that `editRecord` or `scoreRecord` made, sliced or not.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function recordRows(batch: RecordBatch): RecordRows {
  const { data } = addedColumn(batch, textHashName, textHashType);
  const words = wordsOf(data.values as BigUint64Array);
  const bits = validity(data);
  return {
    isText(row, bytes) {
      const isNull = bits !== undefined && (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 0;
      if (bytes === null || isNull) return isNull === (bytes === null);
      const { low, high } = documentKey(bytes);
      return words[2 * row] === low && words[2 * row + 1] === high;
    },
    edits: hasEdits(batch) ? editsReader(batch) : () => [],
  };
}

function wordsOf({ buffer, byteOffset, length }: BigUint64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, 2 * length);
}

function hasEdits({ schema }: RecordBatch): boolean {
  return schema.fields.some(({ name }) => name === columnNames.edits);
}

function editsReader(batch: RecordBatch): (row: number) => readonly RecordedEdit[] {
  const { data } = addedColumn(batch, columnNames.edits, recordedEditsType);
  const ranges = listRanges(data);
  const items = childData(data, 0);
  const offsets = childData(items, 1).values as BigInt64Array;
  const oldBytes = bytesReader(childData(items, 5));
  const newBytes = bytesReader(childData(items, 6));
  return (row) => {
    const [first, end] = ranges(row);
    return Array.from({ length: end - first }, (_, index) => {
      const start = Number(offsets[first + index] ?? -1n);
      const old = oldBytes(first + index);
      const bytes = newBytes(first + index);
      return { start, end: start + old.length, bytes, oldBytes: old };
    });
  };
}

function bytesReader(data: Data): (index: number) => Uint8Array {
  const offsets = data.valueOffsets as Int32Array;
  const values = data.values as Uint8Array;
  return (index) => values.subarray(offsets[index], offsets[index + 1]);
}

/**
 * The columns of a record that belong to its output: `pass_reason`; the scores; the column `edits` as `applyEdits` reports it,
 * where that is asked for.
 */
export function outputColumns(
  batch: RecordBatch,
  { report }: { readonly report: boolean },
): readonly Column[] {
  return batch.schema.fields
    .map(({ name }: Field) => columnOf(batch, name))
    .filter(({ field }) => field.name !== textHashName)
    .flatMap((column) => {
      if (column.field.name !== columnNames.edits) return [column];
      return report ? [reportColumn(column)] : [];
    });
}

/** Edits without their bytes. */
function reportColumn({ field, data }: Column): Column {
  const items = childData(data, 0);
  const { valueType } = editsType;
  if (!DataType.isStruct(valueType)) throw new TypeError('edits are structs');
  const children = [0, 1, 2, 3, 4].map((index) => childData(items, index));
  const kept = new Data(valueType, items.offset, items.length, 0, items, children);
  return {
    field: field.clone({ type: editsType }),
    data: new Data(editsType, data.offset, data.length, -1, data, [kept]),
  };
}
