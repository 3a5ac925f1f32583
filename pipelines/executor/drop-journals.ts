import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnitReport } from '../../src/run/ledger/ledger-entry.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { journalName } from './journal-name.ts';

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
