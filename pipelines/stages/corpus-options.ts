import type { ScoresWanted } from '../../operators/score-tokens.ts';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import type { Progress } from '../../src/metrics/progress.ts';
import type { Dtype } from '../../src/model/find-model-file.ts';
import { type OptionNames } from '../../src/options.ts';
import {
  type PresetName,
  resamplingRequestNames,
  resolveResampling,
} from '../../src/resampling/resampling-options.ts';
import type { Manifest, OptionValue } from '../../src/run/manifest/manifest.ts';
import type { TextOptions } from '../../src/texts/text-selection.ts';

/** How a run is carried out: nothing here changes a byte of its output. */
export interface RunOptions {
  /**
   * A device for each engine, such as `cuda:0` and `cuda:1`, or `cpu*4` for four on the cores; all of one kind, since that decides
   * rounding. @defaultValue one engine, on the run's device
   */
  readonly devices?: readonly string[] | undefined;
  /** Inference threads of all engines together. @defaultValue the machine's cores */
  readonly threads?: number | undefined;
  /**
   * Padded tokens of one micro-batch. `auto` measures what suits the prior and the machine, once, and remembers it.
   * @defaultValue what was measured, by `auto` or `toedit doctor`; else 1024
   */
  readonly maxBatchTokens?: number | 'auto' | undefined;
  /**
   * `eligible`: an `edit` that deletes nothing computes the logprobs of those tokens alone that may be at or above the threshold;
   * `all`: those of all, for a histogram in the summary. A score run always has all, and so has a deletion. @defaultValue 'eligible'
   */
  readonly scores?: ScoresWanted | undefined;
  /** Files worked on at once. @defaultValue one more than there are engines, and 8 of at most 4 KiB beside them */
  readonly filesInFlight?: number | undefined;
  /** Ends the run early once more files than this are bad: damaged, or without the column. @defaultValue no bound */
  readonly maxBadFiles?: number | undefined;
  /** How a model of the Hugging Face hub is found and kept. @defaultValue as without environment variables */
  readonly hub?: HubOptions | undefined;
  /** Edited passages to return with the summary. @defaultValue 0 */
  readonly excerpts?: number | undefined;
  /** Ends the run in good order: what is in flight is committed, and a later run resumes there. */
  readonly stop?: AbortSignal | undefined;
  /** Ends the run at once: what is in flight is lost, and a later run does it again. */
  readonly signal?: AbortSignal | undefined;
  /** Called as rows come through. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with what a user should know during the run, such as that it waits for another process. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** The names of {@link RunOptions}. */
export const runOptionNames: OptionNames<RunOptions> = {
  devices: true,
  threads: true,
  maxBatchTokens: true,
  scores: true,
  filesInFlight: true,
  maxBadFiles: true,
  hub: true,
  excerpts: true,
  stop: true,
  signal: true,
  onProgress: true,
  onNotice: true,
};

/** What becomes of a row that cannot be edited: it passes as it is, is set aside, or fails its file. */
export type BadRowPolicy = 'pass' | 'dead-letter' | 'fail';

/** What `editCorpus` and `scoreCorpus` share. */
export interface CorpusOptions extends RunOptions, TextOptions {
  /** Files, directories or globs. */
  readonly inputs: readonly string[];
  /** The directory that mirrors the inputs; made where it is missing. */
  readonly output: string;
  /** The prior's directory, or `OWNER/NAME` or `OWNER/NAME@REVISION` on the hub. @defaultValue the embedded tiny prior */
  readonly model?: string | undefined;
  /** The graph, relative to `model`. @defaultValue that of `dtype` */
  readonly modelFile?: string | undefined;
  /**
   * The precision of the prior: `int8` stands for `onnx/model_int8.onnx`. Not together with `modelFile`.
   * @defaultValue 'fp32', or the only graph of a directory that holds another one
   */
  readonly dtype?: Dtype | undefined;
  /** What kind of device the run is for. @defaultValue that of `devices`, else 'cpu' */
  readonly device?: 'cpu' | 'cuda' | 'webgpu' | undefined;
  /** From 0 to 2^64 - 1. @defaultValue 0n */
  readonly seed?: bigint | undefined;
  /** Rows of each file to take at most. @defaultValue all */
  readonly limit?: number | undefined;
  /** The format of the outputs. @defaultValue that of each input */
  readonly format?: 'parquet' | 'arrow' | 'jsonl' | undefined;
  /**
   * What JSON Lines become in another format: a column a field, where a field of mixed types is the file's error or becomes text; or one
   * column of whole lines, beside the text. @defaultValue 'columns'
   */
  readonly jsonFields?: 'columns' | 'text' | 'line' | undefined;
  /**
   * Keep the record of what was made of each file, in the run's own `edits/` below `.toedit/`: `verify` makes the output from it
   * once more and compares every byte. Of a file in which nothing was edited there is none. @defaultValue true for edits, false
   * for scores
   */
  readonly ledger?: boolean | undefined;
  /**
   * Keep a data card for the Hugging Face hub beside the outputs, `README.md`; no other byte depends on it.
   * @defaultValue true where the inputs are one directory, whose own `README.md` has configurations or features that it is loaded by
   */
  readonly card?: boolean | undefined;
  /** Restart: output files that exist are replaced, an earlier run in the directory is retired. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** What becomes of rows that cannot be edited. @defaultValue 'pass' */
  readonly onBadRow?: BadRowPolicy | undefined;
  /** A row whose text has more bytes cannot be edited. @defaultValue 256 MiB */
  readonly maxTextBytes?: number | undefined;
  /** Whether a document begins with the tokenizer's BOS token. @defaultValue 'auto' */
  readonly bos?: 'auto' | 'always' | 'never' | undefined;
  /** Tokens the prior reads at once. @defaultValue the smaller of 2048 and the model's maximum */
  readonly windowTokens?: number | undefined;
  /** Tokens of context that every scored token of a long document has at least. @defaultValue a quarter of the window */
  readonly minContextTokens?: number | undefined;
}

/** The names of {@link CorpusOptions}. */
export const corpusOptionNames: OptionNames<CorpusOptions> = {
  ...runOptionNames,
  inputs: true,
  output: true,
  model: true,
  modelFile: true,
  dtype: true,
  device: true,
  textColumn: true,
  roles: true,
  roleField: true,
  keyColumn: true,
  keyPlaces: true,
  seed: true,
  limit: true,
  format: true,
  jsonFields: true,
  ledger: true,
  card: true,
  overwrite: true,
  onBadRow: true,
  maxTextBytes: true,
  bos: true,
  windowTokens: true,
  minContextTokens: true,
};

/** What `editCorpus` takes. */
export interface EditCorpusOptions extends CorpusOptions {
  /** Names defaults for the options below. @defaultValue 'paper' */
  readonly preset?: PresetName | undefined;
  /** Tokens at or above this probability, in (0, 1], are redrawn; null redraws none. @defaultValue 0.99 */
  readonly threshold?: number | null | undefined;
  /** Whether a token exactly at the threshold is redrawn. @defaultValue true */
  readonly inclusive?: boolean | undefined;
  /** A draw is among so many of the most probable tokens, 1 to 1024. @defaultValue 8 */
  readonly topK?: number | undefined;
  /** And among the fewest that together have this probability, in (0, 1]. @defaultValue 1 */
  readonly topP?: number | undefined;
  /** Weights are P^(1 / temperature), above 0. @defaultValue 1 */
  readonly temperature?: number | undefined;
  /** Never draw the original token. @defaultValue false */
  readonly excludeOriginal?: boolean | undefined;
  /** Delete tokens below this probability, in (0, 1), at most `threshold`; null deletes none. @defaultValue null */
  readonly dropBelow?: number | null | undefined;
  /** Keep the `edits` column in the output. @defaultValue false */
  readonly report?: boolean | undefined;
}

/** What `scoreCorpus` takes. */
export interface ScoreCorpusOptions extends CorpusOptions {
  /**
   * Candidates, 1 to 1024, to keep of each token at or above `candidateThreshold`, so that `resampleCorpus` can edit from them. The
   * outputs are then score files, in place of the inputs with columns added.
   * @defaultValue none
   */
  readonly candidates?: number | undefined;
  /** In (0, 1]. @defaultValue 0.9 */
  readonly candidateThreshold?: number | undefined;
}

/** The options of a run, whatever its command. */
export type RunCorpusOptions = EditCorpusOptions & ScoreCorpusOptions;

/** The names of {@link ScoreCorpusOptions}. */
export const scoreCorpusOptionNames: OptionNames<ScoreCorpusOptions> = {
  ...corpusOptionNames,
  candidates: true,
  candidateThreshold: true,
};

/** The names of {@link EditCorpusOptions}. */
export const editCorpusOptionNames: OptionNames<EditCorpusOptions> = {
  ...corpusOptionNames,
  ...resamplingRequestNames,
  report: true,
};

/**
 * The options that decide a run's output, complete, as its manifest holds them. What is left to a default that depends on
 * the input or the prior is null.
 */
export function outputOptions(
  command: Manifest['command'],
  options: RunCorpusOptions,
): Readonly<Record<string, OptionValue>> {
  const { bos = 'auto', onBadRow = 'pass' } = options;
  const { ledger = command !== 'score' } = options;
  const shared = { ...textsChosen(options), bos, onBadRow, ledger, ...orNull(options) };
  if (command === 'score') return { ...shared, ...scoresKept(options) };
  if (command === 'revert') return shared;
  const { preset = 'paper', seed = 0n, report = false, keyColumn = null } = options;
  const rule = { preset, ...resolveResampling(options) };
  return { ...rule, seed: String(seed), keyColumn, report, ...shared };
}

/** Only runs of more than one column's texts have more of these than the column. */
function textsChosen({ textColumn = 'text', roles, roleField, keyPlaces }: CorpusOptions) {
  const [only = 'text', ...others] = typeof textColumn === 'string' ? [textColumn] : textColumn;
  return {
    textColumn: others.length === 0 ? only : textColumn,
    ...(roles !== undefined && { roles, roleField: roleField ?? 'role' }),
    ...(keyPlaces === true && { keyPlaces }),
  };
}

/** Only runs that keep scores have these among their options. */
function scoresKept({ candidates, candidateThreshold = 0.9 }: ScoreCorpusOptions) {
  return candidates === undefined ? {} : { candidates, candidateThreshold, ledger: false };
}

/** Whether the outputs are score files: what `resampleCorpus` edits from. */
export function keepsScores({ candidates }: Pick<ScoreCorpusOptions, 'candidates'>): boolean {
  return candidates !== undefined;
}

function orNull({ limit, format, jsonFields, maxTextBytes, ...options }: CorpusOptions) {
  const { windowTokens = null, minContextTokens = null } = options;
  return {
    limit: limit ?? null,
    format: format ?? null,
    jsonFields: jsonFields ?? null,
    maxTextBytes: maxTextBytes ?? null,
    windowTokens,
    minContextTokens,
  };
}

/** The options that a manifest holds, as the pipelines take them; they were checked when it was made. */
export function optionsOfManifest({ options }: Manifest): RunCorpusOptions {
  const { seed, ...others } = options;
  const given = Object.entries(others).filter(
    ([name, value]) => value !== null || nullMeansNone.has(name),
  );
  return {
    ...Object.fromEntries(given),
    ...(seed !== undefined && { seed: BigInt(String(seed)) }),
  } as RunCorpusOptions;
}

/** Of these options null is a choice, and not an open default. */
const nullMeansNone: ReadonlySet<string> = new Set(['threshold', 'dropBelow']);
