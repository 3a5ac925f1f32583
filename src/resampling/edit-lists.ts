import type { RecordBatch } from 'apache-arrow';
import { addedColumn } from '../arrow/added-column.ts';
import { childData } from '../arrow/child-data.ts';
import { listRanges } from '../arrow/list-reader.ts';
import { validity } from '../arrow/validity.ts';
import { columnNames, editsType } from '../columns.ts';
import type { Edit } from './row-edits.ts';

/**
 * Reads the `edits` column by rows; a row that passes unedited has none.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function editLists(batch: RecordBatch): (row: number) => readonly Edit[] {
  const { data } = addedColumn(batch, columnNames.edits, editsType);
  const ranges = listRanges(data);
  const items = childData(data, 0);
  const positions = childData(items, 0).values as Int32Array;
  const byteOffsets = childData(items, 1).values as BigInt64Array;
  const oldIds = childData(items, 2).values as Int32Array;
  const newIdData = childData(items, 3);
  const newIds = newIdData.values as Int32Array;
  const logprobs = childData(items, 4).values as Float32Array;
  const kept = validity(newIdData);
  const isDeleted = (index: number): boolean =>
    kept !== undefined && (((kept[index >> 3] ?? 0) >> (index & 7)) & 1) === 0;
  const editAt = (index: number): Edit => ({
    position: positions[index] ?? 0,
    byteOffset: Number(byteOffsets[index] ?? 0n),
    oldId: oldIds[index] ?? -1,
    newId: isDeleted(index) ? null : (newIds[index] ?? null),
    logprob: logprobs[index] ?? Number.NaN,
  });
  return (row) => {
    const [start, end] = ranges(row);
    return Array.from({ length: end - start }, (_, index) => editAt(start + index));
  };
}
