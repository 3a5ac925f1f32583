import { resolve } from 'node:path';
import pLimit from 'p-limit';
import { ToeditError } from '../../src/errors.ts';
import { resolveEngines } from '../../src/inference/engine-options.ts';
import type { PoolUse } from '../../src/inference/engine-pool.ts';
import { microBatchBudget } from '../../src/inference/micro-batch.ts';
import { runRecorder } from '../../src/metrics/recorder.ts';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { type OptionNames } from '../../src/options.ts';
import { claimant } from '../../src/run/claims/claimant.ts';
import { workerIdentity } from '../../src/run/claims/worker-identity.ts';
import { enterRun, requireRun, underRun } from '../../src/run/enter-run.ts';
import { openLedger } from '../../src/run/ledger/ledger.ts';
import { type LedgerReader, ledgerReader } from '../../src/run/ledger/read-ledgers.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { openMetricsLog } from '../../src/run/metrics-log.ts';
import { runPaths, statePaths } from '../../src/run/run-paths.ts';
import { assignTasks } from '../../src/run/shards/assign-tasks.ts';
import type { Shard } from '../../src/run/shards/shard.ts';
import { type Card, openCard } from '../card/open-card.ts';
import {
  keepsScores,
  optionsOfManifest,
  type RunCorpusOptions,
  type RunOptions,
  runOptionNames,
} from '../stages/corpus-options.ts';
import { resampleStages, type StagesOf, stagesOf } from '../stages/corpus-stages.ts';
import { readEditedRun } from '../stages/edited-run.ts';
import { openEditLedger } from '../stages/ledger-file.ts';
import { batchingOf, noticeSlowInt8, openPriorOf } from '../stages/open-prior-of.ts';
import { revertStages } from '../stages/revert-stages.ts';
import { readVocabulary, writeVocabulary } from '../stages/score-files.ts';
import { removeStaleState } from './remove-stale-state.ts';
import type { RunContext } from './run-context.ts';
import { runProgress } from './run-progress.ts';
import { attemptTask, isTerminal } from './run-task.ts';
import { summarise } from './summarise.ts';
import { runTaskQueue, type StopSignals, stopSignals } from './task-queue.ts';

/** How the tasks of a manifest are run. */
export interface RunTasksOptions extends RunOptions {
  /** The run's output directory, where it lies by now. */
  readonly output: string;
  /** The prior's directory. @defaultValue where it lay when the run was planned */
  readonly model?: string | undefined;
  /** @defaultValue all tasks */
  readonly shard?: Shard | undefined;
}

/** The names of {@link RunTasksOptions}. */
export const runTasksOptionNames: OptionNames<RunTasksOptions> = {
  ...runOptionNames,
  output: true,
  model: true,
  shard: true,
};

/**
 * Runs the tasks of a shard that are not at their end, together with whichever other processes do: any number may be
 * given the same shard. Resolves once all are at their end, or the run was stopped.
 *
 * @throws ToeditError `MANIFEST_CONFLICT` where the run was restarted meanwhile: nothing is written any more; where the request
 * is at fault (`isUsageError`) or nothing can be written; the signal's reason.
 */
export async function runTasks(manifest: Manifest, options: RunTasksOptions): Promise<RunSummary> {
  const { shard = { index: 0, count: 1 } } = options;
  options.signal?.throwIfAborted();
  const { device } = manifest.prior;
  const places = resolveEngines({ ...options, device });
  const paths = runPaths(options.output, manifest.name);
  const run = {
    ...{ manifest, paths },
    recorder: runRecorder(places.length),
    tasks: assignTasks(manifest.tasks, shard),
    ledgers: ledgerReader(paths),
  };
  await run.ledgers.update();
  const left = run.tasks.filter(({ index }) => !isTerminal(run.ledgers.stateOf(index)));
  const { onNotice } = options;
  const card = await openCard({ ...run, isWorking: left.length > 0, onNotice });
  const inference = left.length > 0 ? await work(left, { ...run, card }, options) : noUse;
  await run.ledgers.update();
  await requireRun(paths);
  await removeStaleState(run);
  await underRun(paths, () => card.finish());
  return summarise({ ...run, options, places, inference });
}

type Run = Pick<RunContext, 'manifest' | 'paths' | 'recorder'> & {
  readonly card: Card;
  readonly tasks: readonly Task[];
  readonly ledgers: LedgerReader;
};

const noUse: PoolUse = { seconds: 0, engines: [] };

/** Does what is left, and says what the engines did. */
async function work(left: readonly Task[], run: Run, options: RunTasksOptions): Promise<PoolUse> {
  const { manifest, paths } = run;
  await enterRun(paths);
  const signals = stopSignals(options);
  const all = { ...options, ...optionsOfManifest(manifest), signal: signals.signal };
  if (manifest.command === 'resample' || manifest.command === 'revert') {
    const stages = await (manifest.scored === undefined ? reversedStages : storedStages)(
      manifest,
      all,
    );
    await workWith({ stages, engines: 1 }, left, { run, options: all, signals });
    return noUse;
  }
  await using prior = await openPriorOf(manifest, options);
  await noticeSlowInt8(prior, options.onNotice);
  if (keepsScores(all)) {
    const { tokenBytes } = prior;
    await writeVocabulary(paths.vocabulary, { run: manifest.id, tokenBytes });
  }
  const stages = stagesOf(manifest.command, all, {
    prior,
    batching: await batchingOf(prior, all),
    budget: microBatchBudget(),
    mutex: pLimit(1),
  });
  await workWith({ stages, engines: prior.engines }, left, { run, options: all, signals });
  return prior.use();
}

/** The stages of a run that takes its scores from another one. */
async function storedStages(
  { scored = '', options }: Manifest,
  all: RunCorpusOptions,
): Promise<StagesOf> {
  const directory = resolve(scored);
  const { id: run, name } = await readManifest(statePaths(directory).manifest);
  if (run !== options['scoredRun']) throw otherScores(directory);
  const tokenBytes = await readVocabulary(runPaths(directory, name).vocabulary, run);
  return resampleStages(all, { scored: { directory, run }, prior: { tokenBytes } });
}

/** The stages of a run that takes the edits of another one back. */
async function reversedStages(
  { edited = '', ledger: path, options }: Manifest,
  all: RunCorpusOptions,
): Promise<StagesOf> {
  const run = await readEditedRun(resolve(edited), { needsEnd: true });
  if (run.manifest.id !== options['editedRun']) throw otherEdits(edited);
  const ledger = path === undefined ? undefined : await openEditLedger(path, run);
  if (ledger !== undefined && ledger.digest !== options['editsDigest'])
    throw otherEdits(ledger.path);
  return revertStages(all, { run, ledger });
}

function otherEdits(file: string): ToeditError {
  return new ToeditError(
    'MANIFEST_CONFLICT',
    `${file} does not hold the edits any more that are to be taken back: put it back, or write to another output directory`,
    { place: { file } },
  );
}

function otherScores(directory: string): ToeditError {
  return new ToeditError(
    'MANIFEST_CONFLICT',
    `${directory} does not hold the scores any more that this run was planned with: put them back, or write to another output directory`,
    { place: { file: directory } },
  );
}

/** What the tasks are worked on with. */
interface Crew {
  readonly stages: StagesOf;
  readonly engines: number;
}

async function workWith(
  { stages, engines }: Crew,
  left: readonly Task[],
  {
    run,
    options,
    signals,
  }: {
    readonly run: Run;
    readonly options: RunTasksOptions & RunCorpusOptions;
    readonly signals: StopSignals;
  },
): Promise<void> {
  const { manifest, paths, recorder, ledgers, card } = run;
  const identity = await workerIdentity();
  await using ledger = openLedger(paths, identity.name);
  const progress = runProgress(run.tasks, { ...options, recorder, left });
  await using _ = openMetricsLog(paths, identity.name, {
    sample: () => ({ ...recorder.snapshot(), files: progress.files() }),
  });
  const context: Omit<RunContext, 'progress'> = {
    ...{ manifest, paths, recorder, options, stages },
    worker: identity.name,
  };
  const claims = claimant(identity);
  await runTaskQueue(left, {
    filesInFlight: options.filesInFlight ?? engines + 1,
    smallFilesInFlight: options.filesInFlight === undefined ? 8 : 0,
    halt: signals.halt,
    attempt: (task) =>
      signals.guard(() =>
        underRun(paths, () =>
          attemptTask(task, {
            context: { ...context, progress: progress.ofTask(task) },
            ...{ claimant: claims, ledger, ledgers },
            onEnd: (outputs) => {
              progress.end(task, outputs);
              card.note();
              signals.onEnd(outputs);
            },
          }),
        ),
      ),
    onWait: (tasks) =>
      options.onNotice?.(
        `${String(tasks)} of the tasks are being worked on by other processes: waiting for them`,
      ),
  });
}
