import { stat } from 'node:fs/promises';
import { workerIdentity } from '../claims/worker-identity.ts';
import type { Task } from '../manifest/manifest.ts';
import { findInputChange, readFacts } from '../manifest/plan-tasks.ts';
import type { RunPaths } from '../run-paths.ts';
import { asTaken, isRemoved, type TaskState } from './fold-ledger.ts';
import { type LedgerEntry, type OutputReport, openLedger, removedCode } from './ledger.ts';
import { readLedgers } from './read-ledgers.ts';

/**
 * Begins another attempt at each of these tasks that failed, or of which a finished output is gone since: in it, only the
 * outputs that are there count as finished. The input of a task that failed is taken as it is now: one that has changed is
 * worked on again, one that is gone is left out from then on, one that is back is worked on again. Several processes may do
 * so at once.
 *
 * @param paths - of a run that was entered.
 * @returns the indices of the tasks with a new attempt, ascending.
 * @throws ToeditError `FILE_CORRUPT` or `FILE_UNREADABLE` where a ledger cannot be read; `WRITE_FAILED`.
 */
export async function resetFailed(
  paths: RunPaths,
  tasks: readonly Task[],
): Promise<readonly number[]> {
  await using ledger = openLedger(paths, (await workerIdentity()).name);
  const states = await readLedgers(paths);
  const reset: number[] = [];
  for (const task of tasks) {
    const state = states.get(task.index);
    const attempt = state === undefined ? null : await nextAttempt(task, state);
    if (state === undefined || attempt === null) continue;
    const entry = { task: task.index, attempt: state.attempt + 1, retryable: false };
    const at = new Date().toISOString();
    const { isOver: isLeftOut = false, ...begun } = attempt;
    await ledger.append({ ...entry, at, status: 'pending', ...begun });
    if (isLeftOut) await ledger.append({ ...entry, at, status: 'done', outputs: [] });
    reset.push(task.index);
  }
  return reset.toSorted((a, b) => a - b);
}

type NextAttempt = Pick<LedgerEntry, 'outputs' | 'input'> & { readonly isOver?: boolean };

/** What another attempt at a task begins with; null where none is needed. */
async function nextAttempt(task: Task, state: TaskState): Promise<NextAttempt | null> {
  const input = state.input ?? undefined;
  const outputs = await intactOutputs(state);
  if (isRemoved(state)) {
    const isBack = (await findInputChange(task))?.kind !== 'gone';
    return isBack ? { outputs: [], input: await readFacts(task.path) } : null;
  }
  if (state.status !== 'failed') {
    return outputs.length === state.outputs.length ? null : { outputs, input };
  }
  if (task.problem !== undefined) return { outputs, input };
  const change = await findInputChange(asTaken(task, state));
  if (change === null) return { outputs, input };
  if (change.kind === 'gone')
    return { outputs: [...outputs, removedOutput(task)], input, isOver: true };
  // What was finished of another content is not of this one.
  return { outputs: [], input: await readFacts(task.path) };
}

function removedOutput({ path: input }: Task): OutputReport {
  const message = 'it had failed, and was removed since';
  return {
    ...{ input, output: null, status: 'skipped', rows: 0, bytes: 0, changed: 0, seconds: 0 },
    ...{ deadLetters: 0, deadLetterFile: null, deadLetterSha256: null, sha256: null, totals: null },
    error: { code: removedCode, message },
  };
}

async function intactOutputs({ outputs }: TaskState): Promise<readonly OutputReport[]> {
  const intact: OutputReport[] = [];
  for (const report of outputs) {
    if (report.status === 'skipped' || (await isIntact(report))) intact.push(report);
  }
  return intact;
}

async function isIntact({ status, output, deadLetterFile }: OutputReport): Promise<boolean> {
  if (status !== 'done' || output === null) return false;
  return (await isThere(output)) && (deadLetterFile === null || (await isThere(deadLetterFile)));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
