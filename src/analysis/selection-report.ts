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
  /** One for each input of which a row was selected. */
  readonly files: readonly SelectedFile[];
}

/** The rows selected from an input. */
export interface SelectedFile {
  readonly input: string;
  readonly output: string;
  readonly rows: number;
  readonly selected: number;
}
