/** What can be wrong with a run's output. */
export type ProblemKind =
  | 'not-done'
  | 'failed'
  | 'missing'
  | 'checksum'
  | 'edits'
  | 'input'
  | 'hash-only'
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
  /** The output directory. */
  readonly output: string;
  /** Tasks of the run, one an input file. */
  readonly tasks: number;
  /** Outputs whose every byte was hashed, and the rows that they were written with. */
  readonly outputs: number;
  readonly rows: number;
  /** Outputs that were made once more from their inputs and the record of edits, and compared byte for byte; their bytes. */
  readonly remadeOutputs: number;
  readonly remadeBytes: number;
  readonly problems: readonly Problem[];
}

/** True where the output is whole and as it should be. */
export function isClean({ problems }: VerifyReport): boolean {
  return problems.every(({ isWarning }) => isWarning);
}
