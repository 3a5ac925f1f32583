import type { RecordBatch } from 'apache-arrow';
import type { PassReason } from '../columns.ts';
import { passReasonsOf } from './pass-reason-column.ts';

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
