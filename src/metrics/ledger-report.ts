/** What `exportLedger` wrote. */
export interface LedgerReport {
  /** The id of the run's manifest. */
  readonly run: string;
  /** The Parquet file. */
  readonly output: string;
  /** Output files with a record of edits. */
  readonly files: number;
  readonly edits: number;
  readonly bytes: number;
}
