import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnitReport } from '../../src/run/ledger/ledger-entry.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';

/**
 * The name of a unit's journal: the task's number and, for the members of an archive, a hash of the member's name. It does not
 * depend on where the corpus lies.
 */
export function journalName({ index, path }: Task, unit: string): string {
  const number = String(index).padStart(7, '0');
  if (unit === path) return number;
  const member = unit.startsWith(`${path}/`) ? unit.slice(path.length + 1) : unit;
  return `${number}-${createHash('sha256').update(member).digest('hex').slice(0, 16)}`;
}

/** Removes the journals of units that are done. A failed unit keeps its own: what it holds need not be computed again. */
export async function dropJournals(
  task: Task,
  units: readonly UnitReport[],
  { journals }: RunPaths,
): Promise<void> {
  for (const { input, status } of units) {
    if (status !== 'done') continue;
    await rm(join(journals, journalName(task, input)), { recursive: true, force: true });
  }
}
