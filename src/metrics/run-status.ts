import type { FileReport } from './summary.ts';

/** Who works on a task. */
export interface TaskHolder {
  readonly worker: string;
  readonly host: string;
  readonly pid: number;
  /** Since the last heartbeat, by the clocks of two hosts, which may differ: a hint, on which nothing is decided. */
  readonly heartbeatAgeSeconds: number;
}

/** How one task of a run stands. */
export interface TaskStatus {
  /** Its index in the manifest, from 0. */
  readonly task: number;
  /** The path of its input file, absolute. */
  readonly input: string;
  /**
   * A task whose worker is dead is pending, as is one whose worker was silent for a minute while it was watched: another
   * will take it over.
   */
  readonly status: 'pending' | 'running' | 'done' | 'failed';
  /** From 0. */
  readonly attempt: number;
  /** Of a failed task: whether a later run tries it again by itself. */
  readonly retryable: boolean;
  /** Of a running task; null of others, and where its claim cannot be read. */
  readonly heldBy: TaskHolder | null;
  /** Of the input file. */
  readonly bytes: number;
  /** Rows done, and those among them that were set aside. */
  readonly rows: number;
  readonly deadLetters: number;
  /** How much of a running task is done, from 0 to 1. Null where it is unknown, and of other tasks. */
  readonly share: number | null;
}

/** A file, or a member of an archive, that failed. */
export interface Failure {
  /** The index of its task, from 0. */
  readonly task: number;
  /** Its path; of a member, with its name in the archive. */
  readonly input: string;
  readonly error: NonNullable<FileReport['error']>;
  /** Whether a later run tries it again by itself; else `toedit retry` does. */
  readonly retryable: boolean;
}

/** The progress of a run, whichever processes work on it. */
export interface RunStatus {
  /** The output directory. */
  readonly output: string;
  readonly command: 'edit' | 'score' | 'resample' | 'revert';
  /** In the order of the manifest. */
  readonly tasks: readonly TaskStatus[];
  /** Tasks by status. */
  readonly counts: Readonly<Record<TaskStatus['status'], number>>;
  /** Of finished files and members. */
  readonly rows: number;
  /** Bytes of text read, of finished files and members; tokens of the same, and how many were replaced. */
  readonly textBytes: number;
  readonly tokens: number;
  readonly changed: number;
  /** Rows set aside. */
  readonly deadLetters: number;
  /** Of the inputs: all, and those of finished tasks with the finished share of running ones. */
  readonly bytesTotal: number;
  readonly bytesDone: number;
  /** Workers that hold a task now. */
  readonly workers: number;
  /** Of these workers together, in the last interval of their metrics. */
  readonly tokensPerSecond: number;
  /** Null where it is unknown, or nothing is left. */
  readonly etaSeconds: number | null;
  readonly failures: readonly Failure[];
  /** Inputs that were met when the run was planned, and left out. */
  readonly skipped: number;
  /** Inputs that had failed and were removed since: they are left out, and their tasks done. */
  readonly removed: readonly string[];
}

/** True where no task is left for this run, or for a later one that does not retry. */
export function isComplete({ counts, failures }: RunStatus): boolean {
  return counts.pending + counts.running === 0 && !failures.some(({ retryable }) => retryable);
}
