/** What can be wrong with a run's output. */
export type ProblemKind =
  | 'not-done'
  | 'failed'
  | 'missing'
  | 'checksum'
  | 'damaged'
  | 'rows'
  | 'schema'
  | 'edits'
  | 'input'
  | 'leftover'
  | 'journal';

/** One finding of `toedit verify`. */
export interface Problem {
  readonly kind: ProblemKind;
  /** A warning says what could not be verified, or is of no harm; anything else, that the output is not what it should be. */
  readonly isWarning: boolean;
  readonly file: string;
  readonly message: string;
}

/** What `toedit verify` found. */
export interface VerifyReport {
  readonly output: string;
  readonly tasks: number;
  /** Outputs that were read again, rows in them, and rows that were compared with their inputs. */
  readonly outputs: number;
  readonly rows: number;
  readonly comparedRows: number;
  readonly problems: readonly Problem[];
}

/** True where the output is whole and as it should be. */
export function isClean({ problems }: VerifyReport): boolean {
  return problems.every(({ isWarning }) => isWarning);
}
