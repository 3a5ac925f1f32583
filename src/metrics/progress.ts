/** How far a run is: the argument of `onProgress`. */
export interface Progress {
  /** The input file being worked on. */
  readonly file: string;
  /** Its place among the inputs, from 0. */
  readonly fileIndex: number;
  readonly fileCount: number;
  /** Rows of this file that are through. */
  readonly rowsDone: number;
  /** Null where the format does not say before its end. */
  readonly rowsTotal: number | null;
  /** Tokens of the whole run so far. */
  readonly tokens: number;
  /** Of this process since it began. */
  readonly tokensPerSecond: number;
  readonly secondsElapsed: number;
  /** Null where it is unknown. */
  readonly etaSeconds: number | null;
}

/** What a worker does at one moment, as one JSON line of its metrics. */
export interface MetricsLine {
  /** ISO 8601. */
  readonly at: string;
  /** Since the worker began. */
  readonly seconds: number;
  /** Scored by this worker since it began. */
  readonly tokens: number;
  /** In the interval since the last line. */
  readonly tokensPerSecond: number;
  /** Shares of the interval, by the stage's name; files in flight at once add up to more than 1. */
  readonly stages: Readonly<Record<string, StageShares>>;
  readonly rssBytes: number;
  /** The longest stall of the event loop in the interval. */
  readonly loopDelayMs: number;
  /** What the worker has in flight. */
  readonly files: readonly FileProgress[];
}

/** How a stage spent an interval, as shares of it. */
export interface StageShares {
  readonly busy: number;
  /** Waiting for its input. */
  readonly waiting: number;
  /** Held up by the next stage. */
  readonly blocked: number;
}

/** How far a file is. */
export interface FileProgress {
  /** As reports call it: a file, or a member of an archive. */
  readonly input: string;
  /** The task that it belongs to. */
  readonly task: number;
  readonly rowsDone: number;
  /** Null where the format does not say before its end. */
  readonly rowsTotal: number | null;
}
