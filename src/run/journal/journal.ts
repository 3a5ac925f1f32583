import type { RecordBatch, Schema } from 'apache-arrow';
import type { RunTotals } from '../../metrics/totals.ts';
import type { Source } from '../../operator.ts';

/**
 * The record batches of one unit that are known to be on disk, from row 0 on. Made by `openJournal`. One call at a time.
 */
export interface Journal extends AsyncDisposable {
  /** Rows committed so far, without a gap from row 0. */
  readonly rows: number;
  /** True where the end was committed at exactly these rows. */
  readonly isComplete: boolean;
  /** The schema of the first batch; undefined where there is none. */
  readonly schema: Schema | undefined;
  /**
   * What was counted of the committed batches (`countsOf`), in row order, each row's once. The counters of a batch without rows
   * count only where the journal has no row.
   */
  readonly counts: readonly RunTotals[];
  /**
   * Commits a record batch: once this resolves it survives the death of the process and of the machine. A batch without
   * rows is only kept as the first. After a rejection the journal stands as before and may be appended to again.
   *
   * The only batch of a unit ends it, and may be kept in memory alone: to lose it costs no more than to lose it before it was made, and a
   * small file costs the disk nothing.
   *
   * @throws ToeditError `COLUMN_TYPE` where the batch has another schema, or `WRITE_FAILED`.
   */
  append(batch: RecordBatch, options?: { readonly isOnly?: boolean }): Promise<void>;
  /**
   * Commits that no row follows.
   *
   * @throws ToeditError `WRITE_FAILED`; TypeError where no batch was ever appended.
   */
  complete(): Promise<void>;
  /**
   * All committed record batches in order, under one schema and without their counters; one batch is in memory at a time.
   *
   * @throws ToeditError `FILE_UNREADABLE`, or `FILE_CORRUPT` where a segment changed since it was opened.
   */
  batches(): Source;
  /** Closes the segment that was appended to, if any; disposing does the same. */
  close(): Promise<void>;
}
