import type { FileReport } from '../../metrics/summary.ts';
import type { RunTotals } from '../../metrics/totals.ts';
import type { InputFacts } from '../manifest/manifest.ts';

/**
 * What a worker notes of a task: units (the file, or members of the archive) that ended since its last entry, and how the
 * task stands. One JSON line of the worker's own ledger.
 */
export interface LedgerEntry {
  /** The task's index in the manifest. */
  readonly task: number;
  /** Counts from 0; `toedit retry` begins another. The highest attempt of all ledgers counts. */
  readonly attempt: number;
  /** `done` and `failed` end an attempt; `pending` begins one; `running` only brings reports. */
  readonly status: 'pending' | 'running' | 'done' | 'failed';
  /** Of a failed task: whether a later run tries it again by itself (a full disk, not a damaged file). */
  readonly retryable: boolean;
  /** ISO 8601. */
  readonly at: string;
  /** What the input holds now, where a `pending` entry takes it as it is and not as it was planned. */
  readonly input?: InputFacts | undefined;
  readonly units: readonly UnitReport[];
}

/** The code of a unit that was left out because its input was removed after it had failed. */
export const removedCode = 'REMOVED';

/** What became of a unit: an input file, or a member of an archive. */
export interface UnitReport extends FileReport {
  /** Rows set aside as dead letters; `rows` counts all that were read. */
  readonly deadLetters: number;
  /** The file that holds them; null where there are none. */
  readonly deadLetterFile: string | null;
  /** SHA-256 of the output file, in hexadecimal; null where there is none. */
  readonly sha256: string | null;
  /** SHA-256 of the file of dead letters; null where there is none. */
  readonly deadLetterSha256: string | null;
  /** What the unit counted, whoever computed its batches; null where it is not done. */
  readonly totals: RunTotals | null;
}
