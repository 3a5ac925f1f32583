import type { FileProgress, MetricsLine } from '../src/metrics/progress.ts';
import type { Failure, RunStatus, TaskHolder, TaskStatus } from '../src/metrics/run-status.ts';
import { type HolderWatch, watchHolders } from '../src/run/claims/claimant.ts';
import { isRemoved, type TaskState, untouchedTask } from '../src/run/ledger/fold-ledger.ts';
import type { OutputReport } from '../src/run/ledger/ledger.ts';
import { type LedgerReader, ledgerReader } from '../src/run/ledger/read-ledgers.ts';
import type { Manifest, Task } from '../src/run/manifest/manifest.ts';
import { readManifest, readRunName } from '../src/run/manifest/read-manifest.ts';
import { readLastMetrics } from '../src/run/metrics-log.ts';
import { type RunPaths, runPaths, statePaths } from '../src/run/run-paths.ts';

/** Looks at a run again and again; what does not change is read once. */
export interface RunWatch {
  /** @throws ToeditError `MANIFEST_MISSING` where the directory holds no run; `MANIFEST_INVALID`; `FILE_CORRUPT`. */
  status(): Promise<RunStatus>;
}

/** Watches the run that writes to `output`, whichever processes work on it. Writes nothing, and reads nothing before `status()`. */
export function watchRun(output: string): RunWatch {
  const { manifest: path } = statePaths(output);
  let seen: WatchedRun | undefined;
  return {
    async status() {
      // It may have been restarted since.
      if (seen === undefined || (await readRunName(path)) !== seen.manifest.name) {
        seen = watched(output, await readManifest(path));
      }
      const { paths, manifest, ledgers, claims } = seen;
      // Claims first: a task that ends in between is seen in the ledger, and never as given up.
      const holders = await claims.holders();
      const metrics = await metricsOf(paths, holders);
      await ledgers.update();
      return statusOf({ paths, manifest, ledgers, holders, metrics });
    },
  };
}

interface WatchedRun {
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly ledgers: LedgerReader;
  readonly claims: HolderWatch;
}

function watched(output: string, manifest: Manifest): WatchedRun {
  const paths = runPaths(output, manifest.name);
  return { paths, manifest, ledgers: ledgerReader(paths), claims: watchHolders(paths) };
}

/**
 * The progress of the run that writes to `output`, read once from the state in that directory.
 *
 * @throws ToeditError as {@link RunWatch} does.
 */
export function runStatus(output: string): Promise<RunStatus> {
  return watchRun(output).status();
}

interface SeenRun {
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly ledgers: LedgerReader;
  readonly holders: ReadonlyMap<number, TaskHolder | null>;
  /** The last line of each worker that holds a task. */
  readonly metrics: readonly MetricsLine[];
}

async function metricsOf(
  paths: RunPaths,
  holders: SeenRun['holders'],
): Promise<readonly MetricsLine[]> {
  const workers = new Set([...holders.values()].flatMap((holder) => holder?.worker ?? []));
  const lines = await Promise.all([...workers].map((worker) => readLastMetrics(paths, worker)));
  return lines.filter((line) => line !== null);
}

function statusOf(run: SeenRun): RunStatus {
  const { manifest, ledgers, holders, metrics } = run;
  const progress = new Map(metrics.flatMap(({ files }) => files.map((file) => [file.task, file])));
  const states = manifest.tasks.map(({ index }) => ledgers.stateOf(index));
  const tasks = manifest.tasks.map((task, place) =>
    taskStatus(task, states[place] ?? untouchedTask, { holders, progress }),
  );
  const outputs = states.flatMap((state) => state.outputs.filter(isDone));
  const count = (status: TaskStatus['status']): number =>
    tasks.filter((task) => task.status === status).length;
  return {
    output: run.paths.output,
    command: manifest.command,
    tasks,
    counts: {
      ...{ pending: count('pending'), running: count('running') },
      ...{ done: count('done'), failed: count('failed') },
    },
    rows: sum(outputs, ({ rows }) => rows),
    textBytes: sum(outputs, ({ bytes }) => bytes),
    tokens: sum(outputs, ({ totals }) => totals?.tokens ?? 0),
    changed: sum(outputs, ({ changed }) => changed),
    deadLetters: sum(outputs, ({ deadLetters }) => deadLetters),
    ...rateOf(tasks, run, outputs),
    failures: states.flatMap((state, place) => failuresOf(manifest.tasks[place], state)),
    skipped: manifest.skipped.length,
    removed: manifest.tasks.flatMap(({ path }, place) =>
      isRemoved(states[place] ?? untouchedTask) ? [path] : [],
    ),
  };
}

function taskStatus(
  { index: task, path: input, bytes }: Task,
  state: TaskState,
  seen: Pick<SeenRun, 'holders'> & { readonly progress: ReadonlyMap<number, FileProgress> },
): TaskStatus {
  const { attempt, retryable, outputs } = state;
  const isRunning = !isTerminal(state) && seen.holders.has(task);
  const open = state.status === 'running' ? 'pending' : state.status;
  const { rowsDone = 0, rowsTotal = null } = seen.progress.get(task) ?? {};
  return {
    ...{ task, input, status: isRunning ? 'running' : open, attempt, retryable },
    heldBy: isRunning ? (seen.holders.get(task) ?? null) : null,
    bytes,
    rows: sum(outputs, ({ rows }) => rows),
    deadLetters: sum(outputs, ({ deadLetters }) => deadLetters),
    share: !isRunning || rowsTotal === null ? null : rowsDone / Math.max(1, rowsTotal),
  };
}

type Rate = Pick<
  RunStatus,
  'bytesTotal' | 'bytesDone' | 'workers' | 'tokensPerSecond' | 'etaSeconds'
>;

function rateOf(
  tasks: readonly TaskStatus[],
  { holders, metrics }: SeenRun,
  outputs: readonly OutputReport[],
): Rate {
  const terminalBytes = sum(tasks.filter(isTerminal), ({ bytes }) => bytes);
  const bytesTotal = sum(tasks, ({ bytes }) => bytes);
  const bytesDone = terminalBytes + sum(tasks, ({ bytes, share }) => bytes * (share ?? 0));
  const tokensPerSecond = sum(metrics, (line) => line.tokensPerSecond);
  const ended = sum(
    tasks.filter(({ status }) => status === 'done'),
    ({ bytes }) => bytes,
  );
  // Of what has ended it is known how many tokens a byte of input has; before that, of what is in flight.
  const known =
    ended > 0
      ? { bytes: ended, tokens: sum(outputs, ({ totals }) => totals?.tokens ?? 0) }
      : { bytes: bytesDone, tokens: sum(metrics, ({ tokens }) => tokens) };
  const bytesPerSecond = (tokensPerSecond * known.bytes) / known.tokens;
  const left = bytesTotal - bytesDone;
  return {
    ...{ bytesTotal, bytesDone, tokensPerSecond },
    workers: new Set([...holders.values()].map((holder) => holder?.worker)).size,
    etaSeconds: left > 0 && bytesPerSecond > 0 ? left / bytesPerSecond : null,
  };
}

function failuresOf(task: Task | undefined, { retryable, outputs }: TaskState): readonly Failure[] {
  if (task === undefined) return [];
  return outputs.flatMap(({ input, status, error }) =>
    status === 'failed' && error !== undefined
      ? [{ task: task.index, input, error, retryable }]
      : [],
  );
}

function isTerminal({ status, retryable }: Pick<TaskStatus, 'status' | 'retryable'>): boolean {
  return status === 'done' || (status === 'failed' && !retryable);
}

function isDone({ status }: OutputReport): boolean {
  return status === 'done';
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
