import type { RunRecorder } from '../../src/metrics/recorder.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import type { RunCorpusOptions } from '../stages/corpus-options.ts';
import type { StagesOf } from '../stages/corpus-stages.ts';
import type { TaskProgress } from './run-progress.ts';

/** What the tasks of a run share. */
export interface RunContext {
  readonly manifest: Manifest;
  /** The manifest's options, and those of how it is carried out. */
  readonly options: RunCorpusOptions;
  readonly paths: RunPaths;
  /** The name of this process among the run's workers. */
  readonly worker: string;
  readonly recorder: RunRecorder;
  readonly stages: StagesOf;
  /** Where the task's progress is noted. */
  readonly progress: TaskProgress;
}
