import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isRetryable } from '../../src/errors.ts';
import { resolveEngines } from '../../src/inference/engine-options.ts';
import type { PoolUse } from '../../src/inference/engine-pool.ts';
import { microBatchBudget } from '../../src/inference/micro-batch.ts';
import { runRecorder } from '../../src/metrics/recorder.ts';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { type OptionNames } from '../../src/options.ts';
import { claimant } from '../../src/run/claims/claimant.ts';
import { workerIdentity } from '../../src/run/claims/worker-identity.ts';
import { enterRun, requireRun, underRun } from '../../src/run/enter-run.ts';
import { type OutputReport, openLedger } from '../../src/run/ledger/ledger.ts';
import { type LedgerReader, ledgerReader } from '../../src/run/ledger/read-ledgers.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import { openMetricsLog } from '../../src/run/metrics-log.ts';
import { runPaths } from '../../src/run/run-paths.ts';
import { assignTasks } from '../../src/run/shards/assign-tasks.ts';
import type { Shard } from '../../src/run/shards/shard.ts';
import { optionsOfManifest, type RunOptions, runOptionNames } from '../stages/corpus-options.ts';
import { stagesOf } from '../stages/corpus-stages.ts';
import { batchingOf, noticeSlowInt8, openPriorOf } from '../stages/open-prior-of.ts';
import { removeStaleState } from './remove-stale-state.ts';
import type { RunContext } from './run-context.ts';
import { runProgress } from './run-progress.ts';
import { attemptTask, isTerminal } from './run-task.ts';
import { summarise } from './summarise.ts';

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
  const inference = left.length > 0 ? await work(left, run, options) : noUse;
  await run.ledgers.update();
  await requireRun(paths);
  await removeStaleState(run);
  return summarise({ ...run, options, places, inference });
}

type Run = Pick<RunContext, 'manifest' | 'paths' | 'recorder'> & {
  readonly tasks: readonly Task[];
  readonly ledgers: LedgerReader;
};

const noUse: PoolUse = { seconds: 0, engines: [] };

/** Does what is left, and says what the engines did. */
async function work(left: readonly Task[], run: Run, options: RunTasksOptions): Promise<PoolUse> {
  const { manifest, paths, recorder, ledgers } = run;
  const identity = await workerIdentity();
  await enterRun(paths);
  await using prior = await openPriorOf(manifest, options);
  await noticeSlowInt8(prior, options.onNotice);
  await using ledger = openLedger(paths, identity.name);
  const signals = stopSignals(options);
  const all = { ...options, ...optionsOfManifest(manifest), signal: signals.signal };
  const progress = runProgress(run.tasks, { ...all, recorder, left });
  await using _ = openMetricsLog(paths, identity.name, {
    sample: () => ({ ...recorder.snapshot(), files: progress.files() }),
  });
  const context: Omit<RunContext, 'progress'> = {
    ...{ manifest, paths, recorder, prior },
    options: all,
    worker: identity.name,
    stages: stagesOf(manifest.command, all),
    batching: await batchingOf(prior, all),
    budget: microBatchBudget(),
    mutex: pLimit(1),
  };
  const claims = claimant(identity);
  await runTaskQueue(left, {
    filesInFlight: options.filesInFlight ?? prior.engines + 1,
    smallFilesInFlight: options.filesInFlight === undefined ? 8 : 0,
    halt: signals.halt,
    attempt: (task) =>
      signals.guard(() =>
        underRun(paths, () =>
          attemptTask(task, {
            context: { ...context, progress: progress.ofTask(task) },
            claimant: claims,
            ledger,
            ledgers,
            onEnd: (outputs) => {
              progress.end(task, outputs);
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
  return prior.use();
}

/** How {@link runTaskQueue} goes about the tasks. */
interface TaskQueueOptions {
  readonly filesInFlight: number;
  /** Files of at most `smallBytes` that are worked on beside these: each waits for the disk longer than it is worked on. */
  readonly smallFilesInFlight: number;
  /** False where another process works on the task. */
  readonly attempt: (task: Task) => Promise<boolean>;
  /** Ends the work: no further task is begun. */
  readonly halt: AbortSignal;
  /** Called, once, with the number of tasks that are waited for. */
  readonly onWait: (tasks: number) => void;
}

const lookAgainMs = 1000;

/** Files so small are a record batch each, of few tokens: a kill costs little of them. */
const smallBytes = 4096;

/**
 * Attempts every task, a few at once. Those that other processes work on are waited for, and taken over should these die:
 * when it resolves without a halt, every task is at its end.
 *
 * @throws the first error of an attempt, once all that were begun have settled.
 */
async function runTaskQueue(
  tasks: readonly Task[],
  { filesInFlight, smallFilesInFlight, attempt, halt, onWait }: TaskQueueOptions,
): Promise<void> {
  const limit = pLimit(filesInFlight);
  const smallLimit = smallFilesInFlight > 0 ? pLimit(smallFilesInFlight) : limit;
  let hasTold = false;
  for (let left = tasks; left.length > 0 && !halt.aborted; ) {
    const held: Task[] = [];
    const attempts = left.map((task) =>
      (task.bytes <= smallBytes ? smallLimit : limit)(async () => {
        if (!halt.aborted && !(await attempt(task))) held.push(task);
      }),
    );
    for (const outcome of await Promise.allSettled(attempts)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
    if (held.length === left.length && held.length > 0) {
      if (!hasTold) onWait(held.length);
      hasTold = true;
      await sleep(lookAgainMs, undefined, { signal: halt }).catch(() => undefined);
    }
    left = held;
  }
}

/** What ends a run before its tasks are at their end. */
export interface StopSignals {
  /** No further task is begun once this is aborted: by a stop, too many bad files, or an error. */
  readonly halt: AbortSignal;
  /** All work ends at once: by the caller's signal, or an error of the whole run, which is the reason. */
  readonly signal: AbortSignal;
  /** Runs an attempt; its error ends all others. */
  guard<T>(attempt: () => Promise<T>): Promise<T>;
  /** Called with the output files of each task that ends. */
  onEnd(outputs: readonly OutputReport[]): void;
}

/** The signals of a run. */
function stopSignals({ stop, signal, maxBadFiles }: RunOptions): StopSignals {
  const failure = new AbortController();
  const enough = new AbortController();
  const ends = AbortSignal.any([failure.signal, ...(signal === undefined ? [] : [signal])]);
  let badFiles = 0;
  const halt = AbortSignal.any([ends, enough.signal, ...(stop === undefined ? [] : [stop])]);
  // Every file in flight listens, which Node takes for a leak from the eleventh on.
  setMaxListeners(0, ends, halt, ...(stop === undefined ? [] : [stop]));
  return {
    halt,
    signal: ends,
    async guard(attempt) {
      try {
        return await attempt();
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    },
    onEnd(outputs) {
      badFiles += outputs.filter(isBad).length;
      if (maxBadFiles !== undefined && badFiles > maxBadFiles) enough.abort();
    },
  };
}

function isBad({ status, error }: OutputReport): boolean {
  return status === 'failed' && !isRetryable(error?.code ?? '');
}
