import { readdir } from 'node:fs/promises';
import { listClaimFiles } from '../../src/run/claims/claim-file.ts';
import { enterRun, underRun } from '../../src/run/enter-run.ts';
import { segmentExtension } from '../../src/run/journal/segment-writer.ts';
import {
  asTaken,
  isRemoved,
  type TaskState,
  untouchedTask,
} from '../../src/run/ledger/fold-ledger.ts';
import { readLedgers } from '../../src/run/ledger/read-ledgers.ts';
import { resetFailed } from '../../src/run/ledger/reset-failed.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import {
  manifestDifferences,
  refuseDifferences,
} from '../../src/run/manifest/manifest-differences.ts';
import { readRunName } from '../../src/run/manifest/read-manifest.ts';
import { type RunPaths, runPaths } from '../../src/run/run-paths.ts';

/**
 * Makes sure that a run which is there is the one that is wanted. Inputs count as they were taken last. Those that were bad
 * may have been repaired or removed since, or be back: they are taken as they are now. One that changed while it was worked on was not
 * bad: it must be what it was.
 *
 * @param output - the directory, as the user named it.
 * @returns the run as it was planned, with its inputs where they lie by now; what could not be read then is as it is now.
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs and what can be done; `FILE_CORRUPT` where a ledger is damaged.
 */
export async function continueRun(
  existing: Manifest,
  wanted: Manifest,
  output: string,
): Promise<Manifest> {
  const paths = runPaths(output, existing.name);
  const states = await readLedgers(paths);
  const stateOf = ({ index }: Task): TaskState => states.get(index) ?? untouchedTask;
  const taken = { ...existing, tasks: existing.tasks.map((task) => asTaken(task, stateOf(task))) };
  const mayChange = (task: Task): boolean => {
    const state = stateOf(task);
    return isRemoved(state) || (state.status === 'failed' && !state.retryable);
  };
  const loose = taken.tasks.filter(mayChange);
  const leftOut = new Set(loose.map(({ relativePath }) => relativePath));
  const differences = manifestDifferences(without(taken, leftOut), without(wanted, leftOut));
  if (differences.length > 0) {
    refuseDifferences(differences, { output, isNothing: isFailure(states) });
  }
  const found = new Map(wanted.tasks.map((task) => [task.relativePath, task]));
  const changed = loose.filter((task) => {
    const now = found.get(task.relativePath);
    return isRemoved(stateOf(task)) ? now !== undefined : differs(task, now, wanted);
  });
  await takeAsNow(paths, asFoundNow(existing, wanted), changed);
  return asFoundNow(existing, wanted);
}

function differs(was: Task, is: Task | undefined, manifest: Manifest): boolean {
  const found = is === undefined ? [] : [is];
  return (
    manifestDifferences({ ...manifest, tasks: [was] }, { ...manifest, tasks: found }).length > 0
  );
}

/** Begins another attempt at tasks whose inputs had failed, and are not what they were. */
async function takeAsNow(
  paths: RunPaths,
  { tasks }: Manifest,
  changed: readonly Task[],
): Promise<void> {
  if (changed.length === 0) return;
  const indexes = new Set(changed.map(({ index }) => index));
  await enterRun(paths);
  await underRun(paths, () =>
    resetFailed(
      paths,
      tasks.filter(({ index }) => indexes.has(index)),
    ),
  );
}

function without(manifest: Manifest, names: ReadonlySet<string>): Manifest {
  return { ...manifest, tasks: manifest.tasks.filter((task) => !names.has(task.relativePath)) };
}

function asFoundNow(
  existing: Manifest,
  { tasks, scored, edited, ledger, card, dataset }: Manifest,
): Manifest {
  const found = new Map(tasks.map((task) => [task.relativePath, task]));
  return {
    ...existing,
    ...(scored !== undefined && { scored }),
    ...(edited !== undefined && { edited }),
    ...(ledger !== undefined && { ledger }),
    ...(card === true && { card }),
    ...(existing.dataset === undefined && dataset !== undefined && { dataset }),
    tasks: existing.tasks.map((task) => {
      const { path, ...facts } = found.get(task.relativePath) ?? task;
      return { ...task, ...(task.fingerprint === null && facts), path, index: task.index };
    }),
  };
}

/** True of a run that came to nothing: every task that was attempted has failed, and has no output. */
function isFailure(states: ReadonlyMap<number, TaskState>): boolean {
  const all = [...states.values()];
  const isFailed = ({ status, outputs }: TaskState): boolean =>
    status === 'failed' && outputs.every((report) => report.status !== 'done');
  return all.length > 0 && all.every(isFailed);
}

/** True of a run that is still in its directory, and of which no process has noted anything. */
export async function isUntouched({ name }: Manifest, output: string): Promise<boolean> {
  const paths = runPaths(output, name);
  if ((await readRunName(paths.manifest)) !== name) return false;
  return (await readLedgers(paths)).size === 0 && (await isIdle(paths));
}

/** Neither a task is claimed nor a row in a journal. */
async function isIdle({ claims, journals }: RunPaths): Promise<boolean> {
  const claimed = await listClaimFiles(claims);
  const files = await readdir(journals, { recursive: true }).catch(() => []);
  return claimed.size === 0 && !files.some((file) => file.endsWith(segmentExtension));
}
