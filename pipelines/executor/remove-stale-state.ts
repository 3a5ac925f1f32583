import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listClaimFiles } from '../../src/run/claims/claim-file.ts';
import { claimTask } from '../../src/run/claims/claim-task.ts';
import { claimant } from '../../src/run/claims/claimant.ts';
import { workerIdentity } from '../../src/run/claims/worker-identity.ts';
import type { LedgerReader } from '../../src/run/ledger/read-ledgers.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import { removeRetired } from '../../src/run/retire-run.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { dropJournals } from './make-output.ts';
import { isTerminal } from './run-task.ts';

/** The run whose tasks {@link removeStaleState} looks at. */
export interface RunToClear {
  readonly paths: RunPaths;
  readonly tasks: readonly Task[];
  readonly ledgers: LedgerReader;
}

/**
 * Removes what processes that died have left of tasks that are at their end: claims, files that were being written, and
 * journals of what is in the output; and what is left of retired runs. What another process holds is left to it. Never fails:
 * what stays does no harm.
 */
export async function removeStaleState({ paths, tasks, ledgers }: RunToClear): Promise<void> {
  await removeRetired(paths);
  try {
    const left = await tasksWithRemains(paths);
    const ended = tasks.filter(
      ({ index }) => left.has(index) && isTerminal(ledgers.stateOf(index)),
    );
    if (ended.length === 0) return;
    const claims = claimant(await workerIdentity());
    for (const task of ended) {
      const claim = await claimTask(paths, task.index, claims);
      if ('heldBy' in claim) continue;
      await using _ = claim;
      await dropJournals(task, ledgers.stateOf(task.index).outputs, paths);
      await dropParts(task, paths);
    }
  } catch {
    // `toedit verify` reports it.
  }
}

async function tasksWithRemains({ claims, journals, parts }: RunPaths): Promise<Set<number>> {
  const names = [...(await namesIn(journals)), ...(await namesIn(parts))];
  return new Set([...(await listClaimFiles(claims)).keys(), ...names.map(taskOf)]);
}

async function dropParts({ index }: Task, { parts }: RunPaths): Promise<void> {
  for (const name of await namesIn(parts)) {
    if (taskOf(name) === index) await rm(join(parts, name), { force: true });
  }
}

/** Names of journals and of files that are being written begin with the task's number. */
function taskOf(name: string): number {
  return Number.parseInt(name, 10);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch(() => []);
}
