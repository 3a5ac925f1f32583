import { makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import type { Column } from './column-of.ts';

/** A batch of these columns, with the rows and the metadata of its own that the other has; its schema has none. */
export function batchOfColumns(
  columns: readonly Column[],
  { numRows: length, metadata }: RecordBatch,
): RecordBatch {
  const fields = columns.map(({ field }) => field);
  const children = columns.map(({ data }) => data);
  const type = new Struct(fields);
  const data = makeData({ type, length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields), data, metadata);
}
