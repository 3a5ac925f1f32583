/** How far a run is: the argument of `onProgress`. */
export interface Progress {
  /** The input file being worked on. */
  readonly file: string;
  /** Its place among the inputs, from 0. */
  readonly fileIndex: number;
  readonly fileCount: number;
  /** Input files that are at their end, those that were so before among them. */
  readonly filesDone: number;
  /** Rows of this file that are through; those of a record batch under way by the share of its tokens. */
  readonly rowsDone: number;
  /** Null where the format does not say before its end. */
  readonly rowsTotal: number | null;
  /**
   * The share of all input that is through, from 0 to 1, by its bytes: what earlier processes did is in it. Null where it is
   * unknown.
   */
  readonly share: number | null;
  /** Scored by this process so far. */
  readonly tokens: number;
  /** Of this process since the prior began to score; 0 until it has scored some. */
  readonly tokensPerSecond: number;
  /** Since this process began. */
  readonly secondsElapsed: number;
  /** Null where it is unknown, as at the beginning. */
  readonly etaSeconds: number | null;
}

/** How far the download of a model is. */
export interface DownloadProgress {
  /** The model, as it was asked for. */
  readonly model: string;
  /** The file that is coming, as the hub names it. */
  readonly file: string;
  /** Of all files, those that were there in part before included. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Of what this process has fetched. */
  readonly bytesPerSecond: number;
  /** Null at the beginning. */
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
