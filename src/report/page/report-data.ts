import type { StageReport } from '../../metrics/summary.ts';
import type { SweepReport, SweepRow } from '../../metrics/sweep-report.ts';
import type { RateBin } from '../../metrics/time-bins.ts';
import type { ExcerptPart } from '../render-excerpt.ts';
import type { AnalysisData, SelectionData } from './analysis-data.ts';

/** All that a report shows: the page is made of it alone, and it is the JSON file beside the page. */
export interface ReportData {
  /** The version of toedit that wrote it. */
  readonly version: string;
  /** ISO 8601. */
  readonly writtenAt: string;
  /** By severity, then in the order of the runs. */
  readonly findings: readonly Finding[];
  readonly runs: readonly RunData[];
  readonly analyses: readonly AnalysisData[];
  readonly selections: readonly SelectionData[];
}

/** One thing that a reader of the report should know. */
export interface Finding {
  /** `warning`: something should be done about it. */
  readonly severity: 'warning' | 'note';
  /** A sentence. */
  readonly text: string;
  /** The threshold that raised it, as it was met. */
  readonly raisedBy: string;
  /** The name of the run that it is of. */
  readonly run: string;
}

/** What is shown of a run. Lists are bounded: beside each stands how many there are. */
export interface RunData {
  /** The name of its output directory. */
  readonly name: string;
  /** Its output directory, absolute. */
  readonly output: string;
  readonly command: 'edit' | 'score' | 'resample' | 'revert';
  readonly version: string;
  /** ISO 8601. */
  readonly plannedAt: string;
  /** SHA-256 over everything that decides the output, in hexadecimal. */
  readonly id: string;
  readonly prior: PriorData;
  /** What is done to which tokens, in words; null of a score run. */
  readonly rule: string | null;
  readonly options: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
  readonly files: FileCounts;
  readonly counts: RunCounts;
  readonly histogram: HistogramData;
  readonly throughput: ThroughputData | null;
  /** Null where no scores with candidates are at hand. */
  readonly sweep: SweepReport | null;
  readonly passages: readonly Passage[];
  readonly problems: Problems;
  /** What could not be shown, a sentence each. */
  readonly notes: readonly string[];
}

/** The prior of a run. */
export interface PriorData {
  readonly name: string;
  readonly modelFile: string;
  readonly precision: string;
  readonly device: string;
  readonly modelFingerprint: string;
  readonly tokenizerFingerprint: string;
}

/** Inputs by what became of them. */
export interface FileCounts {
  readonly done: number;
  readonly failed: number;
  /** Not begun, or not at their end. */
  readonly pending: number;
  /** Met and left out when the run was planned. */
  readonly skipped: number;
}

/** What all files that are done have counted. */
export interface RunCounts {
  readonly rows: number;
  readonly textBytes: number;
  readonly tokens: number;
  readonly scoredTokens: number;
  readonly eligible: number;
  readonly drawn: number;
  readonly changed: number;
  readonly deleted: number;
  readonly refusedUtf8: number;
  readonly refusedSpecial: number;
  /** Rows that passed unedited, by reason. */
  readonly passed: Readonly<Record<string, number>>;
  /** Rows set aside, and rows of the outputs. */
  readonly deadLetters: number;
  readonly writtenRows: number;
  /** The least |log P - log threshold|; null where there is none. */
  readonly smallestMargin: number | null;
  /** Tokens read to fill micro-batches, and all that were read. */
  readonly paddedTokens: number;
  readonly readTokens: number;
}

/** Tokens by P, ten bins, closed at 1. */
export interface HistogramData {
  /** Null where not all probabilities were computed. */
  readonly before: readonly number[] | null;
  /** Tokens whose probability was not computed, since it is below the threshold. */
  readonly omitted: number;
  /** What is expected after a setting of the sweep; null where there is none. */
  readonly after: { readonly setting: SweepRow; readonly counts: readonly number[] } | null;
}

/** What the workers of a run have written down as they went. */
export interface ThroughputData {
  readonly workers: number;
  /** From the first line to the last. */
  readonly seconds: number;
  /** Of all workers together. */
  readonly workerSeconds: number;
  readonly tokens: number;
  /** Tokens a second. */
  readonly rates: readonly RateBin[];
  /** Summed over all workers. */
  readonly stages: readonly StageReport[];
  /** The most of any worker. */
  readonly peakRssBytes: number;
  readonly longestStallMs: number;
}

/** An edited passage. */
export interface Passage {
  /** Below the output directory. */
  readonly file: string;
  /** Of the input, from 0. */
  readonly row: number;
  /** What the prior gave the first old token in it. */
  readonly probability: number;
  /** In order: what stays, and behind it what was removed and added. */
  readonly parts: readonly ExcerptPart[];
}

/** Bad files, and rows that were set aside. */
export interface Problems {
  readonly files: readonly BadFile[];
  /** How many there are; `files` holds the first of them. */
  readonly fileCount: number;
  readonly deadLetters: readonly { readonly file: string; readonly rows: number }[];
  readonly deadLetterFileCount: number;
}

/** A file that failed, or was left out. */
export interface BadFile {
  readonly input: string;
  readonly status: 'failed' | 'skipped';
  readonly code: string;
  readonly message: string;
}
