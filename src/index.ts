export { type ApplyEditsOptions, applyEdits } from '../operators/apply-edits.ts';
export { type ApplyRecordOptions, applyRecord } from '../operators/apply-record.ts';
export {
  dropDeadLetters,
  type RefuseBadRowsOptions,
  refuseBadRows,
  type TakeDeadLettersOptions,
  takeDeadLetters,
} from '../operators/dead-letters.ts';
export { type FromRowsOptions, fromRows, toRows } from '../operators/formats/from-rows.ts';
export { type ReadArrowOptions, readArrow } from '../operators/formats/read-arrow.ts';
export { type ReadJsonlOptions, readJsonl } from '../operators/formats/read-jsonl.ts';
export { type ReadParquetOptions, readParquet } from '../operators/formats/read-parquet.ts';
export { type WriteArrowOptions, writeArrow } from '../operators/formats/write-arrow.ts';
export {
  spliceLines,
  type WriteJsonlOptions,
  writeJsonl,
} from '../operators/formats/write-jsonl.ts';
export { type WriteParquetOptions, writeParquet } from '../operators/formats/write-parquet.ts';
export { type JoinScoresOptions, joinScores } from '../operators/join-scores.ts';
export { type MeterOptions, meter } from '../operators/meter.ts';
export { prefetch } from '../operators/prefetch.ts';
export { type RebatchOptions, rebatch } from '../operators/rebatch.ts';
export {
  type RecordEditsOptions,
  type ResampleTokensOptions,
  recordEdits,
  resampleTokens,
} from '../operators/resample-tokens.ts';
export {
  type HalvedMicroBatch,
  type MicroBatchReport,
  type RecordScoresOptions,
  recordScores,
  type ScoreTokensOptions,
  type Scoring,
  scoreTokens,
} from '../operators/score-tokens.ts';
export { type SelectDsirOptions, selectDsir } from '../operators/select-dsir.ts';
export { type InferFieldsOptions, inferFields, spreadFields } from '../operators/spread-fields.ts';
export { editTexts, type SpreadTextsOptions, spreadTexts } from '../operators/spread-texts.ts';
export {
  dropColumns,
  skipRows,
  takeRows,
  takeUntil,
} from '../operators/take-rows.ts';
export { type TokenizeOptions, type Tokenizing, tokenize } from '../operators/tokenize.ts';
export { type AnalyseCorpusOptions, analyseCorpus } from '../pipelines/analyse-corpus.ts';
export type { NamedCorpus } from '../pipelines/analysis/list-sets.ts';
export type { ComparisonOptions } from '../pipelines/compare-priors.ts';
export {
  type ComparePriorsOptions,
  type ComparisonReport,
  comparePriors,
  compareTexts,
  type PriorRequest,
} from '../pipelines/compare-priors.ts';
export { type DiagnoseOptions, diagnose } from '../pipelines/diagnose.ts';
export { type DiffRunOptions, diffRun } from '../pipelines/diff-run.ts';
export { editCorpus } from '../pipelines/edit-corpus.ts';
export { type EditRoundsOptions, editRounds } from '../pipelines/edit-rounds.ts';
export type { RunTasksOptions } from '../pipelines/executor/run-tasks.ts';
export { type ExportLedgerOptions, exportLedger } from '../pipelines/export-ledger.ts';
export { type MergeAnalysesOptions, mergeAnalyses } from '../pipelines/merge-analyses.ts';
export { type PlanCorpusOptions, planCorpus } from '../pipelines/plan-corpus.ts';
export { quantiseModel } from '../pipelines/quantise-model.ts';
export { type ReportRunsOptions, reportRuns, type WrittenReport } from '../pipelines/report-run.ts';
export { type ResampleCorpusOptions, resampleCorpus } from '../pipelines/resample-corpus.ts';
export { retryShard } from '../pipelines/retry-shard.ts';
export { type RevertCorpusOptions, revertCorpus } from '../pipelines/revert-corpus.ts';
export { runShard } from '../pipelines/run-shard.ts';
export { type RunWatch, runStatus, watchRun } from '../pipelines/run-status.ts';
export type { QuantiseOptions } from '../pipelines/sample/draw-quantisation-sample.ts';
export {
  type ReadSampleOptions,
  readSample,
  type SampleDocument,
} from '../pipelines/sample/score-sample.ts';
export { scoreCorpus } from '../pipelines/score-corpus.ts';
export { type SelectDsirCorpusOptions, selectDsirCorpus } from '../pipelines/select-dsir.ts';
export type {
  BadRowPolicy,
  CorpusOptions,
  EditCorpusOptions,
  RunCorpusOptions,
  RunOptions,
  ScoreCorpusOptions,
} from '../pipelines/stages/corpus-options.ts';
export {
  type CorpusSweep,
  type SweepCorpusOptions,
  sweepCorpus,
} from '../pipelines/sweep-corpus.ts';
export { type VerifyOptions, verifyRun } from '../pipelines/verify-run.ts';
export type {
  AnalysisReport,
  BigramCount,
  FailedInput,
  FeatureMeasures,
  GroupAnalysis,
  PartAnalysis,
  ScoreComparison,
  ScoreMeasures,
  SetAnalysis,
  SetComparison,
  Spread,
  WideHistogram,
} from './analysis/analysis-report.ts';
export type { DistinctSketch } from './analysis/features/distinct-sketch.ts';
export {
  type FeatureCounter,
  type FeatureCounterOptions,
  featureCounter,
} from './analysis/features/feature-counter.ts';
export type { FeatureState } from './analysis/features/feature-state.ts';
export type { FrequentBigrams } from './analysis/features/frequent-bigrams.ts';
export type { ImportanceOptions } from './analysis/importance.ts';
export type { RankedDocument } from './analysis/scores/extreme-documents.ts';
export type { PositionMeasures } from './analysis/scores/position-bins.ts';
export type { LogWeights, SelectedFile, SelectionReport } from './analysis/selection-report.ts';
export type { ArrowFormat } from './arrow/ipc/ipc-writer.ts';
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
export type { Compression } from './compression/decompress.ts';
export type { Dataset } from './dataset/dataset-card.ts';
export { type ErrorCode, isUsageError, type Place, ToeditError } from './errors.ts';
export type { CommitOptions, WriteResult } from './files/commit-file.ts';
export type { FileFormat } from './files/detect-format.ts';
export type { SkippedInput } from './files/find-files.ts';
export { hubOptionsOf } from './hub/hub-environment.ts';
export type { HubOptions } from './hub/hub-options.ts';
export type { Batching, Device, EngineRequest } from './inference/engine-options.ts';
export type { EngineUse, PoolUse } from './inference/engine-pool.ts';
export type { MicroBatch, MicroBatchScores, ScoresWanted } from './inference/micro-batch.ts';
export { type MicroBatchBudget, microBatchBudget } from './inference/micro-batch.ts';
export type { PlacedNodes } from './inference/placed-nodes.ts';
export type { MixedFields } from './json/fields/field-types.ts';
export type { DiffEdit, DiffPassage, DiffReport } from './metrics/diff-report.ts';
export type { LedgerReport } from './metrics/ledger-report.ts';
export type { DownloadProgress, Progress } from './metrics/progress.ts';
export type { RoundReport, RoundsReport } from './metrics/rounds-report.ts';
export type { Failure, RunStatus, TaskHolder, TaskStatus } from './metrics/run-status.ts';
export type {
  Excerpt,
  FileReport,
  PriorReport,
  RunSummary,
  StageReport,
  TaskCounts,
  TextChange,
} from './metrics/summary.ts';
export type {
  SweepReport,
  SweepRow,
  UnreachableSetting,
  WantedReport,
} from './metrics/sweep-report.ts';
export { emptyTotals, probabilityBins, type RunTotals } from './metrics/totals.ts';
export type { Problem, ProblemKind, VerifyReport } from './metrics/verify-report.ts';
export type { Dtype, ModelFileRequest } from './model/find-model-file.ts';
export { loadPrior, type Prior, type PriorOptions } from './model/load-prior.ts';
export type { ModelRequest } from './model/locate-model.ts';
export type { Operator, Sink, Source, StageOptions } from './operator.ts';
export { compose, type PipelineParts, runPipeline } from './operator.ts';
export type { ParquetWriteOptions } from './parquet/write-parquet-file.ts';
export type { QuantisationReport } from './quantisation/provenance.ts';
export type { Finding } from './report/page/report-data.ts';
export type { SweepSetting } from './resampling/expected-edits.ts';
export type { ResamplingOptions } from './resampling/resampling-options.ts';
export {
  type PresetName,
  presets,
  type ResamplingRequest,
  resolveResampling,
} from './resampling/resampling-options.ts';
export type {
  HubCommit,
  HubOrigin,
  InputFacts,
  Manifest,
  ManifestPrior,
  OptionValue,
  RunIdentity,
  Task,
} from './run/manifest/manifest.ts';
export type { Shard } from './run/shards/shard.ts';
export { type TokenBytes, tokenBytesOf } from './text/token-bytes.ts';
export type { TextOptions } from './texts/text-selection.ts';
export { toTransform } from './to-transform.ts';
export type { CudaLibraries, CudaLibrary } from './tuning/cuda-libraries.ts';
export type { DeviceFinding } from './tuning/device-findings.ts';
export type { BatchingFinding, Diagnosis, PriorFinding } from './tuning/diagnosis.ts';
export type { Estimate, EstimateRequest } from './tuning/estimate.ts';
export type { Int8Facts, MachineFacts } from './tuning/machine-facts.ts';
export type { HubFacts, StorageFacts, StoragePlace } from './tuning/storage-facts.ts';
export type { MeasuredPass, MeasuredPasses, Tuning } from './tuning/tune-batching.ts';
export { version } from './version.ts';
