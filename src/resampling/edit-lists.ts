import type { RecordBatch } from 'apache-arrow';
import { addedColumn } from '../arrow/added-column.ts';
import { childData } from '../arrow/child-data.ts';
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
  const items = childData(data, 0);
  const positions = childData(items, 0).values;
  const byteOffsets = childData(items, 1).values;
  const oldIds = childData(items, 2).values;
  const newIds = childData(items, 3);
  const logprobs = childData(items, 4).values;
  const kept = validity(newIds);
  const isDeleted = (index: number): boolean =>
    kept !== undefined && (((kept[index >> 3] ?? 0) >> (index & 7)) & 1) === 0;
  const editAt = (index: number): Edit => ({
    position: positions[index],
    byteOffset: Number(byteOffsets[index]),
    oldId: oldIds[index],
    newId: isDeleted(index) ? null : newIds.values[index],
    logprob: logprobs[index],
  });
  return (row) => {
    const start = data.valueOffsets[row] ?? 0;
    const end = data.valueOffsets[row + 1] ?? 0;
    return Array.from({ length: end - start }, (_, index) => editAt(start + index));
  };
}
