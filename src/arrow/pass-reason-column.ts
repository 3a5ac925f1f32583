import { Field, type RecordBatch, vectorFromArray } from 'apache-arrow';
import { columnNames, type PassReason, passReasonType } from '../columns.ts';
import { addedColumn } from './added-column.ts';
import type { Column } from './column-of.ts';

/** The column `pass_reason`: null where a row is edited. */
export function passReasonColumn(reasons: readonly (PassReason | null)[]): Column {
  const [data] = vectorFromArray(reasons, passReasonType).data;
  if (data === undefined) throw new RangeError('a vector without data');
  return { field: new Field(columnNames.passReason, passReasonType, true), data };
}

/**
 * The reasons in a record batch's `pass_reason`, by row.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function passReasonsOf(batch: RecordBatch): readonly (PassReason | null)[] {
  addedColumn(batch, columnNames.passReason, passReasonType);
  const cells = batch.getChild(columnNames.passReason);
  return Array.from({ length: batch.numRows }, (_, row) => cells?.get(row) as PassReason | null);
}
