import type { LimitFunction } from 'p-limit';
import type { Batching } from '../../src/inference/engine-options.ts';
import type { MicroBatchBudget } from '../../src/inference/micro-batch.ts';
import type { RunRecorder } from '../../src/metrics/recorder.ts';
import type { Prior } from '../../src/model/load-prior.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import type { EditCorpusOptions } from '../stages/corpus-options.ts';
import type { StagesOf } from '../stages/corpus-stages.ts';
import type { TaskProgress } from './run-progress.ts';

/** What the tasks of a run share. */
export interface RunContext {
  readonly manifest: Manifest;
  /** The manifest's options, and those of how it is carried out. */
  readonly options: EditCorpusOptions;
  readonly paths: RunPaths;
  /** The name of this process among the run's workers. */
  readonly worker: string;
  readonly prior: Prior;
  readonly recorder: RunRecorder;
  readonly stages: StagesOf;
  readonly batching: Batching;
  /** What the device has refused so far. */
  readonly budget: MicroBatchBudget;
  /** Turns at the engines. */
  readonly mutex: LimitFunction;
  /** Where the task's progress is noted. */
  readonly progress: TaskProgress;
}
