import type { Progress } from '../src/report/progress.ts';
import type { PresetName } from '../src/resampling/presets.ts';

/** What `editCorpus` and `scoreCorpus` share. */
export interface CorpusOptions {
  /** Files, directories or globs. */
  readonly inputs: readonly string[];
  /** The directory that mirrors the inputs; made where it is missing. */
  readonly output: string;
  /** The prior's directory. @defaultValue the embedded tiny prior */
  readonly model?: string | undefined;
  /** The graph, relative to `model`. @defaultValue 'onnx/model.onnx' */
  readonly modelFile?: string | undefined;
  /** @defaultValue 'cpu' */
  readonly device?: 'cpu' | 'cuda' | 'webgpu' | undefined;
  /** Inference threads. @defaultValue the machine's cores */
  readonly threads?: number | undefined;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** The column whose value keys a document's draws. @defaultValue a hash of the document's bytes */
  readonly keyColumn?: string | undefined;
  /** From 0 to 2^64 - 1. @defaultValue 0n */
  readonly seed?: bigint | undefined;
  /** Rows of each file to take at most. @defaultValue all */
  readonly limit?: number | undefined;
  /** @defaultValue that of each input */
  readonly format?: 'parquet' | 'arrow' | 'jsonl' | undefined;
  /** Replace output files that exist. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** Whether a document begins with the tokenizer's BOS token. @defaultValue 'auto' */
  readonly bos?: 'auto' | 'always' | 'never' | undefined;
  /** Tokens the prior reads at once. @defaultValue the smaller of 2048 and the model's maximum */
  readonly windowTokens?: number | undefined;
  /** Tokens of context that every scored token of a long document has at least. @defaultValue a quarter of the window */
  readonly minContextTokens?: number | undefined;
  /** Padded tokens of one micro-batch. */
  readonly maxBatchTokens?: number | undefined;
  /** Files worked on at once. */
  readonly filesInFlight?: number | undefined;
  /** Stops the run: no partial output stays. */
  readonly signal?: AbortSignal | undefined;
  /** Called as rows come through. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What `editCorpus` takes. */
export interface EditCorpusOptions extends CorpusOptions {
  /** Names defaults for the options below. @defaultValue 'paper' */
  readonly preset?: PresetName | undefined;
  /** Tokens at or above this probability are redrawn; null redraws none. @defaultValue 0.99 */
  readonly threshold?: number | null | undefined;
  /** Whether a token exactly at the threshold is redrawn. @defaultValue true */
  readonly inclusive?: boolean | undefined;
  /** Candidates of a draw. @defaultValue 8 */
  readonly topK?: number | undefined;
  /** The nucleus that candidates must lie in. @defaultValue 1 */
  readonly topP?: number | undefined;
  /** @defaultValue 1 */
  readonly temperature?: number | undefined;
  /** Never draw the token that stood there. @defaultValue false */
  readonly excludeOriginal?: boolean | undefined;
  /** Delete tokens below this probability; null deletes none. @defaultValue null */
  readonly dropBelow?: number | null | undefined;
  /** Keep the `edits` column in the output. @defaultValue false */
  readonly report?: boolean | undefined;
  /** Edited passages to return with the summary. @defaultValue 0 */
  readonly excerpts?: number | undefined;
}
