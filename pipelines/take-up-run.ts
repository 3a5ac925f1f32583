import {
  asTaken,
  isRemoved,
  type TaskState,
  untouchedTask,
} from '../src/run/ledger/fold-ledger.ts';
import { readLedgers } from '../src/run/ledger/read-ledgers.ts';
import type { Manifest, Task } from '../src/run/manifest/manifest.ts';
import {
  manifestDifferences,
  refuseDifferences,
} from '../src/run/manifest/manifest-differences.ts';
import { runPaths } from '../src/run/run-paths.ts';

/**
 * Makes sure that a run which is there is the one that is wanted. Inputs count as `toedit retry` has taken them last; those
 * that it left out do not count.
 *
 * @param output - the directory, as the user named it.
 * @returns the run as it was planned, with its inputs where they lie by now; what could not be read then is as it is now.
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs and what can be done; `FILE_CORRUPT` where a ledger is damaged.
 */
export async function takeUpRun(
  existing: Manifest,
  wanted: Manifest,
  output: string,
): Promise<Manifest> {
  const states = await readLedgers(runPaths(output, existing.name));
  const stateOf = ({ index }: Task): TaskState => states.get(index) ?? untouchedTask;
  const taken = { ...existing, tasks: existing.tasks.map((task) => asTaken(task, stateOf(task))) };
  const differBut = (isLeftOut: (state: TaskState) => boolean) => {
    const names = taken.tasks.filter((task) => isLeftOut(stateOf(task)));
    const leftOut = new Set(names.map(({ relativePath }) => relativePath));
    return manifestDifferences(without(taken, leftOut), without(wanted, leftOut));
  };
  const differences = differBut(isRemoved);
  if (differences.length > 0) {
    const others = differBut((state) => isRemoved(state) || state.status === 'failed');
    refuseDifferences(differences, { output, canRetry: others.length === 0 });
  }
  return asFoundNow(existing, wanted);
}

function without(manifest: Manifest, names: ReadonlySet<string>): Manifest {
  return { ...manifest, tasks: manifest.tasks.filter((task) => !names.has(task.relativePath)) };
}

function asFoundNow(existing: Manifest, { tasks }: Manifest): Manifest {
  const found = new Map(tasks.map((task) => [task.relativePath, task]));
  return {
    ...existing,
    tasks: existing.tasks.map((task) => {
      const { path, ...facts } = found.get(task.relativePath) ?? task;
      return { ...task, ...(task.fingerprint === null && facts), path, index: task.index };
    }),
  };
}
