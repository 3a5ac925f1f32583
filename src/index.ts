export { type ApplyEditsOptions, applyEdits } from '../operators/apply-edits.ts';
export { dropColumns } from '../operators/drop-columns.ts';
export { type MeterOptions, meter } from '../operators/meter.ts';
export { prefetch } from '../operators/prefetch.ts';
export { type ReadArrowOptions, readArrow } from '../operators/read-arrow.ts';
export { type ReadJsonlOptions, readJsonl } from '../operators/read-jsonl.ts';
export { type ReadParquetOptions, readParquet } from '../operators/read-parquet.ts';
export { type RebatchOptions, rebatch } from '../operators/rebatch.ts';
export { type ResampleTokensOptions, resampleTokens } from '../operators/resample-tokens.ts';
export {
  type MicroBatchReport,
  type ScoreTokensOptions,
  type Scoring,
  scoreTokens,
} from '../operators/score-tokens.ts';
export { spliceLines } from '../operators/splice-lines.ts';
export { takeRows } from '../operators/take-rows.ts';
export { type TokenizeOptions, type Tokenizing, tokenize } from '../operators/tokenize.ts';
export { type WriteArrowOptions, writeArrow } from '../operators/write-arrow.ts';
export { type WriteJsonlOptions, writeJsonl } from '../operators/write-jsonl.ts';
export { type WriteParquetOptions, writeParquet } from '../operators/write-parquet.ts';
export type { CorpusOptions, EditCorpusOptions } from '../pipelines/corpus-options.ts';
export { editCorpus } from '../pipelines/edit-corpus.ts';
export { scoreCorpus } from '../pipelines/score-corpus.ts';
export type { ArrowFormat } from './arrow/ipc-writer.ts';
export {
  columnNames,
  type EditCountName,
  editCountNames,
  type PassReason,
  passReasons,
} from './columns.ts';
export { compose } from './compose.ts';
export type { Compression } from './compression/compression.ts';
export { type ErrorCode, isUsageError, type Place, ToeditError } from './errors.ts';
export type { FileFormat } from './files/detect-format.ts';
export type { WriteResult } from './files/write-result.ts';
export type { Device } from './inference/engine-options.ts';
export type { MicroBatch, MicroBatchScores } from './inference/micro-batch.ts';
export { loadPrior, type Prior, type PriorOptions } from './model/load-prior.ts';
export type { Operator, Sink, Source, StageOptions } from './operator.ts';
export type { Progress } from './report/progress.ts';
export type {
  Excerpt,
  FileReport,
  PriorReport,
  RunSummary,
  StageReport,
} from './report/run-summary.ts';
export { emptyTotals, type RunTotals } from './report/run-totals.ts';
export type { ResamplingOptions } from './resampling/options.ts';
export { type PresetName, presets } from './resampling/presets.ts';
export { type ResamplingRequest, resolveResampling } from './resampling/resolve-resampling.ts';
export { type PipelineParts, runPipeline } from './run-pipeline.ts';
export { type TokenBytes, tokenBytesOf } from './text/token-bytes.ts';
export { toTransform } from './to-transform.ts';
export { version } from './version.ts';
