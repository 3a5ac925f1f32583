import { Field, type RecordBatch, vectorFromArray } from 'apache-arrow';
import { columnNames, type PassReason, passReasonType } from '../columns.ts';
import { addedColumn, type Column } from './columns.ts';

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

/** The rows of a record batch, ascending, split by their `pass_reason`. */
export interface RowsByReason {
  /** Rows of one of the reasons, and the reason of each. */
  readonly dead: Int32Array;
  readonly deadReasons: readonly PassReason[];
  /** All other rows. */
  readonly kept: Int32Array;
}

/**
 * Splits the rows into those of one of the reasons, and the rest.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE` where the batch has no `pass_reason`.
 */
export function rowsByReason(batch: RecordBatch, reasons: readonly PassReason[]): RowsByReason {
  const dead: number[] = [];
  const kept: number[] = [];
  const deadReasons: PassReason[] = [];
  passReasonsOf(batch).forEach((reason, row) => {
    if (reason === null || !reasons.includes(reason)) kept.push(row);
    else {
      dead.push(row);
      deadReasons.push(reason);
    }
  });
  return { dead: Int32Array.from(dead), deadReasons, kept: Int32Array.from(kept) };
}
