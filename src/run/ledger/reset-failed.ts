import { stat } from 'node:fs/promises';
import type { RunPaths } from '../run-paths.ts';
import { workerIdentity } from '../worker-identity.ts';
import type { TaskState } from './fold-ledger.ts';
import { openLedger } from './ledger.ts';
import type { UnitReport } from './ledger-entry.ts';
import { readLedgers } from './read-ledgers.ts';

/** Options of {@link resetFailed}. */
export interface ResetOptions {
  /** The tasks to look at, by index. @defaultValue all */
  readonly tasks?: readonly number[] | undefined;
}

/**
 * Begins another attempt at each task that failed, or of which a finished output is gone since: in it, only the outputs
 * that are there count as finished. Several processes may do so at once.
 *
 * @returns the indices of these tasks, ascending.
 * @throws ToeditError `FILE_CORRUPT` or `FILE_UNREADABLE` where a ledger cannot be read; `WRITE_FAILED`.
 */
export async function resetFailed(
  paths: RunPaths,
  { tasks }: ResetOptions = {},
): Promise<readonly number[]> {
  const asked = tasks === undefined ? undefined : new Set(tasks);
  await using ledger = openLedger(paths, (await workerIdentity()).name);
  const reset: number[] = [];
  for (const [task, state] of await readLedgers(paths)) {
    if (asked?.has(task) === false) continue;
    const units = await intactUnits(state);
    if (state.status !== 'failed' && units.length === state.units.length) continue;
    const attempt = state.attempt + 1;
    const at = new Date().toISOString();
    await ledger.append({ task, attempt, status: 'pending', retryable: false, at, units });
    reset.push(task);
  }
  return reset.toSorted((a, b) => a - b);
}

async function intactUnits({ units }: TaskState): Promise<readonly UnitReport[]> {
  const intact: UnitReport[] = [];
  for (const unit of units) {
    if (unit.status === 'skipped' || (await isIntact(unit))) intact.push(unit);
  }
  return intact;
}

async function isIntact({ status, output, deadLetterFile }: UnitReport): Promise<boolean> {
  if (status !== 'done' || output === null) return false;
  return (await isThere(output)) && (deadLetterFile === null || (await isThere(deadLetterFile)));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
