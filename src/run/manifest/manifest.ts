import type { FileFormat } from '../../files/detect-format.ts';
import type { SkippedInput } from '../../files/find-files.ts';
import type { Device } from '../../inference/engine-options.ts';

/** What an option of a manifest may be: JSON, with a bigint as its decimal text. */
export type OptionValue = string | number | boolean | null;

/** What decides the bytes of a run's output, beside the inputs themselves. */
export interface RunIdentity {
  /** The version of toedit that planned the run. */
  readonly version: string;
  readonly command: 'edit' | 'score';
  /** Every option that decides the output, defaults filled in. */
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly prior: ManifestPrior;
}

/** The prior of a run. */
export interface ManifestPrior {
  readonly name: string;
  /** Its directory, absolute. */
  readonly path: string;
  /** The graph, relative to `path`. */
  readonly modelFile: string;
  /** What it computes in: `float32`, `float16`, `int8`, or a word that names a quantised operation. */
  readonly precision: string;
  readonly device: Device;
  /** SHA-256 over the graph, its external data and `config.json`, in hexadecimal. */
  readonly modelFingerprint: string;
  /** SHA-256 over the tokenizer's files, in hexadecimal. */
  readonly tokenizerFingerprint: string;
}

/** What is known of an input file's content. */
export interface InputFacts {
  /** Null where it could not be told: the task will fail as a file. */
  readonly format: FileFormat | null;
  readonly bytes: number;
  /** Nanoseconds since 1970, decimal. */
  readonly modifiedNs: string;
  /** Of the content: see `fingerprintFile`. Null where it could not be read. */
  readonly fingerprint: string | null;
  /** Null where the format does not tell before its end. */
  readonly rows: number | null;
  /** Of a Parquet file; null of others. */
  readonly rowGroups: number | null;
}

/** One input file of a run: the unit that workers claim. An archive is one task with an output a member. */
export interface Task extends InputFacts {
  /** Its place in the manifest, from 0. */
  readonly index: number;
  /** Absolute. */
  readonly path: string;
  /** Where its output goes, below the output directory, with `/` between names. */
  readonly relativePath: string;
}

/** A run that is frozen: a later run in the same output directory does exactly this. */
export interface Manifest extends RunIdentity {
  /** SHA-256 over everything that decides the output, in hexadecimal: the same plan has the same id. */
  readonly id: string;
  /**
   * Of this planning, and unlike that of any other, were it of the same plan: the beginning of the id, and a random part.
   * State that does not bear it belongs to another run.
   */
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly tasks: readonly Task[];
  /** What was met while the inputs were listed, and left out. */
  readonly skipped: readonly SkippedInput[];
}
