/** How far a run is: the argument of `onProgress`. */
export interface Progress {
  /** The input file being worked on. */
  readonly file: string;
  /** Its place among the inputs, from 0. */
  readonly fileIndex: number;
  readonly fileCount: number;
  /** Rows of this file that are through. */
  readonly rowsDone: number;
  /** Null where the format does not tell before its end. */
  readonly rowsTotal: number | null;
  /** Tokens of the whole run so far. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly secondsElapsed: number;
  /** Null where it cannot be told. */
  readonly etaSeconds: number | null;
}
