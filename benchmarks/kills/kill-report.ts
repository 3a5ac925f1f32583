/** How often a kill of a kind was tried, and how often the process died of it: others had ended before. */
export interface KindCount {
  tried: number;
  hit: number;
}

/** What the kills have come to. */
export interface KillReport {
  readonly seed: number;
  /** Processes that died of a kill. */
  kills: number;
  readonly kinds: Record<string, KindCount>;
  /** Output directories that were filled, each from an empty one to its end. */
  runs: number;
  /** Processes that went on with a run that another was killed in. */
  resumes: number;
  /** Kills of one of two processes that worked at once. */
  pairs: number;
  /** Rows begun to be scored and not committed, in all kills, and the most in one. */
  repeatedRows: number;
  mostRepeatedRows: number;
  /** What the runs' own summaries say of those that came to an end. */
  reportedRows: number;
  /** Files that were compared byte for byte, in all runs. */
  comparedFiles: number;
  seconds: number;
  /** Of the undisturbed run. */
  readonly undisturbed: {
    readonly seconds: number;
    /** Outputs and files of dead letters. */
    readonly files: number;
    readonly rows: number;
    readonly tokens: number;
    readonly changed: number;
    readonly deadLetters: number;
  };
}

/** A report of nothing yet. */
export function emptyReport(seed: number, undisturbed: KillReport['undisturbed']): KillReport {
  return {
    ...{ seed, undisturbed, kinds: {} },
    ...{ kills: 0, runs: 0, resumes: 0, pairs: 0 },
    ...{
      repeatedRows: 0,
      mostRepeatedRows: 0,
      reportedRows: 0,
      comparedFiles: 0,
      seconds: 0,
    },
  };
}
