/** What was selected from a corpus. */
export interface SelectionReport {
  readonly method: 'dsir';
  /** Rows with a text that the rows were selected from. */
  readonly candidates: number;
  readonly selected: number;
  /** Texts of the target. */
  readonly targetDocuments: number;
  readonly meanLogWeight: {
    /** Of all candidates. */
    readonly candidates: number | null;
    readonly selected: number | null;
  };
  /** Of the features' buckets to those of the target, in nats. */
  readonly jensenShannon: {
    /** Of all candidates. */
    readonly candidates: number | null;
    readonly selected: number | null;
  };
  readonly logWeights: LogWeights;
  /** One for each input of which a row was selected. */
  readonly files: readonly SelectedFile[];
}

/** Texts by log weight: `candidates[i]` from `from + i * binWidth`, 48 bins of equal width at most. */
export interface LogWeights {
  readonly from: number;
  readonly binWidth: number;
  readonly candidates: readonly number[];
  /** Of these, as many were selected. */
  readonly selected: readonly number[];
}

/** The rows selected from an input. */
export interface SelectedFile {
  readonly input: string;
  readonly output: string;
  readonly rows: number;
  readonly selected: number;
}
