import type { PassReason } from '../columns.ts';
import type { PoolUse } from '../inference/engine-pool.ts';

/** The prior a run used, as it was resolved. */
export interface PriorReport {
  /** Its directory's name; `OWNER/NAME@COMMIT` of a model of the hub. */
  readonly name: string;
  /** Its directory. */
  readonly path: string;
  /** The graph, relative to `path`. */
  readonly modelFile: string;
  /** What it computes in: `float32`, `float16`, `int8`, or a word that names a quantised operation. */
  readonly precision: string;
  readonly device: string;
  /** Threads of each engine; 0 where ONNX Runtime chose: the physical cores. */
  readonly threads: number;
  /** SHA-256, in hexadecimal, of the graph with its data and configuration, and of the tokenizer. */
  readonly modelFingerprint: string;
  readonly tokenizerFingerprint: string;
}

/** What became of one input file. */
export interface FileReport {
  readonly input: string;
  /** Null where nothing was written. */
  readonly output: string | null;
  readonly status: 'done' | 'failed' | 'skipped';
  readonly rows: number;
  /** Bytes of text read. */
  readonly bytes: number;
  /** Tokens replaced. */
  readonly changed: number;
  readonly seconds: number;
  /** Rows that were set aside, among `rows`, and the file that holds them. */
  readonly deadLetters?: number | undefined;
  readonly deadLetterFile?: string | null | undefined;
  /** Rows of the output, where a row may have more texts than one: `rows` then counts texts. @defaultValue `rows` less `deadLetters` */
  readonly writtenRows?: number | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

/** The rows of an output file. */
export function writtenRowsOf({
  rows,
  deadLetters = 0,
  writtenRows = rows - deadLetters,
}: Pick<FileReport, 'rows' | 'deadLetters' | 'writtenRows'>): number {
  return writtenRows;
}

/** How one stage of the pipeline spent its time: the stage that is busy longest is the bottleneck. */
export interface StageReport {
  readonly name: string;
  readonly busySeconds: number;
  /** Waiting for its input. */
  readonly waitingSeconds: number;
  /** Held up by the next stage. */
  readonly blockedSeconds: number;
}

/** One edited passage, before and after. */
export interface Excerpt {
  readonly file: string;
  /** Counts from 0. */
  readonly row: number;
  /** Which text of the row, where it may have more: `messages[3].content`. */
  readonly place?: string | undefined;
  readonly before: string;
  readonly after: string;
  /** What makes `after` of `before`, in order. */
  readonly changes: readonly TextChange[];
}

/** A stretch of a text that is replaced: a token or more, of whole characters. */
export interface TextChange {
  /** UTF-16 code units of the text, from 0; the end is exclusive. */
  readonly start: number;
  readonly end: number;
  /** What stands there instead; empty where the stretch is deleted. */
  readonly text: string;
}

/** How the tasks of a run, or of the shard, stand: one an input file. */
export interface TaskCounts {
  readonly total: number;
  readonly done: number;
  /** Failed for a reason that may be gone at the next run. */
  readonly failed: number;
  /** Failed for what they hold. */
  readonly bad: number;
  /** Not begun, or not at their end. */
  readonly pending: number;
}

/** The one record of a run: what the library returns and what `--json` prints. */
export interface RunSummary {
  readonly command: 'edit' | 'score' | 'resample' | 'revert';
  /** The version of toedit. */
  readonly version: string;
  readonly prior: PriorReport;
  /** What the engines of this process did: each was busy for a share of the seconds. None where nothing was left to do. */
  readonly inference: PoolUse;
  /** The options in force, defaults included. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Of this process; counts are of all that is done or committed, whichever process did it. */
  readonly seconds: number;
  readonly files: readonly FileReport[];
  readonly tasks: TaskCounts;
  /** True where the run was stopped before its end: a later one resumes there. */
  readonly interrupted: boolean;
  /** What this process took over: rows that were done, and rows that had been begun and were done again. */
  readonly resumed: { readonly rows: number; readonly repeatedRows: number };
  /** Of files that are done, and of those that this process left unfinished, as far as they are committed. So are all counts. */
  readonly rows: number;
  /** Rows of files that this process left unfinished, among `rows`. */
  readonly unfinishedRows: number;
  /** Rows that were set aside, among `rows`. */
  readonly deadLetters: number;
  readonly textBytes: number;
  readonly tokens: number;
  /** Tokens for which a prediction exists. */
  readonly scoredTokens: number;
  /**
   * Scored tokens whose logprob is omitted, since it is more than 0.05 below the log of the threshold; 0 where all are wanted
   * (`scores: 'all'`).
   */
  readonly omittedLogprobs: number;
  /** Tokens at or above the threshold. */
  readonly eligible: number;
  /** Eligible tokens for which a candidate was drawn. */
  readonly drawn: number;
  /** Tokens replaced by another one. */
  readonly changed: number;
  readonly deleted: number;
  /** Draws and deletions refused: the original token stays. */
  readonly refused: { readonly utf8: number; readonly special: number };
  /** Rows that passed unedited, by reason. */
  readonly passed: Readonly<Record<PassReason, number>>;
  /** The mean of ln P of the scored tokens; null where logprobs are omitted, or no token was scored. */
  readonly meanLogprob: number | null;
  /** Scored tokens by P(token), in the bins of `probabilityBins`; null where logprobs are omitted. */
  readonly probabilityHistogram: readonly number[] | null;
  /** The least P of each bin; the last one is closed at 1. */
  readonly probabilityBins: readonly number[];
  /**
   * The least |log P - log threshold|: how near the run came to a decision that rounding could turn. Where logprobs are omitted it
   * is that of the others, hence exact below 0.05. Null without threshold, or where there is none.
   */
  readonly smallestMargin: number | null;
  /** Tokens of record batches that this process worked on: what the rate, padding and stages are of. */
  readonly tokensHere: number;
  /** Tokens the prior read beyond the text's own, to fill micro-batches. */
  readonly paddedTokens: number;
  /** Micro-batches that the device could not hold, and that were run in parts. */
  readonly halvedMicroBatches: number;
  readonly tokensPerSecond: number;
  readonly stages: readonly StageReport[];
  /** The name of the busiest stage. */
  readonly bottleneck: string;
  /** The longest stall of the main thread's event loop. */
  readonly maxLoopDelayMs: number;
  readonly peakRssBytes: number;
  readonly excerpts?: readonly Excerpt[] | undefined;
}

/** The summary as one line of JSON; a bigint (the seed) becomes its decimal digits. */
export function serializeSummary(summary: RunSummary): string {
  return JSON.stringify(summary, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
