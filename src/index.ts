export { type ApplyEditsOptions, applyEdits } from '../operators/apply-edits.ts';
export { type ApplyRecordOptions, applyRecord } from '../operators/apply-record.ts';
export { dropColumns } from '../operators/drop-columns.ts';
export { dropDeadLetters } from '../operators/drop-dead-letters.ts';
export { type MeterOptions, meter } from '../operators/meter.ts';
export { prefetch } from '../operators/prefetch.ts';
export { type ReadArrowOptions, readArrow } from '../operators/read-arrow.ts';
export { type ReadJsonlOptions, readJsonl } from '../operators/read-jsonl.ts';
export { type ReadParquetOptions, readParquet } from '../operators/read-parquet.ts';
export { type RebatchOptions, rebatch } from '../operators/rebatch.ts';
export { type RecordOptions, recordEdits, recordScores } from '../operators/record-rows.ts';
export { type RefuseBadRowsOptions, refuseBadRows } from '../operators/refuse-bad-rows.ts';
export { type ResampleTokensOptions, resampleTokens } from '../operators/resample-tokens.ts';
export {
  type HalvedMicroBatch,
  type MicroBatchReport,
  type ScoreTokensOptions,
  type Scoring,
  scoreTokens,
} from '../operators/score-tokens.ts';
export { skipRows } from '../operators/skip-rows.ts';
export { spliceLines } from '../operators/splice-lines.ts';
export { type TakeDeadLettersOptions, takeDeadLetters } from '../operators/take-dead-letters.ts';
export { takeRows } from '../operators/take-rows.ts';
export { type TokenizeOptions, type Tokenizing, tokenize } from '../operators/tokenize.ts';
export { untilStopped } from '../operators/until-stopped.ts';
export { type WriteArrowOptions, writeArrow } from '../operators/write-arrow.ts';
export { type WriteJsonlOptions, writeJsonl } from '../operators/write-jsonl.ts';
export { type WriteParquetOptions, writeParquet } from '../operators/write-parquet.ts';
export type { ComparisonOptions } from '../pipelines/compare-in-turn.ts';
export {
  type ComparePriorsOptions,
  type ComparisonReport,
  comparePriors,
  type PriorRequest,
} from '../pipelines/compare-priors.ts';
export { compareTexts } from '../pipelines/compare-texts.ts';
export type {
  BadRowPolicy,
  CorpusOptions,
  EditCorpusOptions,
  RunOptions,
} from '../pipelines/corpus-options.ts';
export { type DiagnoseOptions, diagnose } from '../pipelines/diagnose.ts';
export { editCorpus } from '../pipelines/edit-corpus.ts';
export type { RunTasksOptions } from '../pipelines/executor/run-tasks.ts';
export { type PlanCorpusOptions, planCorpus } from '../pipelines/plan-corpus.ts';
export { quantiseModel } from '../pipelines/quantise-model.ts';
export type { QuantiseOptions } from '../pipelines/quantise-options.ts';
export {
  type ReadSampleOptions,
  readSample,
  type SampleDocument,
} from '../pipelines/read-sample.ts';
export { retryShard } from '../pipelines/retry-shard.ts';
export { runShard } from '../pipelines/run-shard.ts';
export { type RunWatch, runStatus, watchRun } from '../pipelines/run-status.ts';
export { scoreCorpus } from '../pipelines/score-corpus.ts';
export { type VerifyOptions, verifyRun } from '../pipelines/verify-run.ts';
export type { ArrowFormat } from './arrow/ipc-writer.ts';
export {
  type AddedColumnName,
  columnNames,
  type EditCountName,
  editCountNames,
  type PassReason,
  passReasons,
} from './columns.ts';
export type {
  Interval,
  PriorComparison,
  SamplePlace,
  ThresholdComparison,
  WorstDelta,
} from './comparison/prior-comparison.ts';
export { compose } from './compose.ts';
export type { Compression } from './compression/compression.ts';
export { type ErrorCode, isUsageError, type Place, ToeditError } from './errors.ts';
export type { CommitOptions } from './files/commit-file.ts';
export type { FileFormat } from './files/detect-format.ts';
export type { SkippedInput } from './files/find-files.ts';
export type { WriteResult } from './files/write-result.ts';
export type { Batching } from './inference/batching.ts';
export type { Device } from './inference/engine-options.ts';
export type { EngineUse, PoolUse } from './inference/engine-pool.ts';
export type { MicroBatch, MicroBatchScores, ScoresWanted } from './inference/micro-batch.ts';
export { type MicroBatchBudget, microBatchBudget } from './inference/micro-batch-budget.ts';
export type { EngineRequest } from './inference/resolve-engines.ts';
export type { Progress } from './metrics/progress.ts';
export type {
  Excerpt,
  FileReport,
  PriorReport,
  RunSummary,
  StageReport,
  TaskCounts,
  TextChange,
} from './metrics/summary.ts';
export { emptyTotals, type RunTotals } from './metrics/totals.ts';
export type { Dtype } from './model/dtype.ts';
export type { ModelFileRequest } from './model/find-model-file.ts';
export { loadPrior, type Prior, type PriorOptions } from './model/load-prior.ts';
export type { Operator, Sink, Source, StageOptions } from './operator.ts';
export type { ParquetWriteOptions } from './parquet/parquet-layout.ts';
export type {
  BatchingFinding,
  DeviceFinding,
  Diagnosis,
  PriorFinding,
} from './report/diagnosis.ts';
export type { QuantisationReport } from './report/quantisation-report.ts';
export type { ResamplingOptions } from './resampling/options.ts';
export { type PresetName, presets } from './resampling/presets.ts';
export { type ResamplingRequest, resolveResampling } from './resampling/resolve-resampling.ts';
export type {
  InputFacts,
  Manifest,
  ManifestPrior,
  OptionValue,
  RunIdentity,
  Task,
} from './run/manifest/manifest.ts';
export type { Failure, RunStatus, TaskHolder, TaskStatus } from './run/run-status.ts';
export type { Shard } from './run/shards/shard.ts';
export type { Problem, ProblemKind, VerifyReport } from './run/verify-report.ts';
export { type PipelineParts, runPipeline } from './run-pipeline.ts';
export { type TokenBytes, tokenBytesOf } from './text/token-bytes.ts';
export { toTransform } from './to-transform.ts';
export type { Int8Facts } from './tuning/int8-facts.ts';
export type { MachineFacts } from './tuning/machine-facts.ts';
export type { MeasuredPass, MeasuredPasses } from './tuning/measure-passes.ts';
export type { Tuning } from './tuning/tuning-file.ts';
export { version } from './version.ts';
