import type { RunPaths } from '../run-paths.ts';
import type { TaskHolder } from '../run-status.ts';
import { isDead, workerIdentity } from '../worker-identity.ts';
import { listClaimFiles, readClaim, type SeenClaim } from './claim-file.ts';

/** A claim without a heartbeat for so long is nobody's: six were missed. */
const silentSeconds = 60;

/**
 * Who works on which tasks, by the task's index; null where that cannot be known. A claim whose process is dead, or that
 * has been silent for a minute, is nobody's.
 *
 * @throws ToeditError `WRITE_FAILED` where the claims cannot be read.
 */
export async function readHolders(
  paths: RunPaths,
): Promise<ReadonlyMap<number, TaskHolder | null>> {
  const self = await workerIdentity();
  const holders = new Map<number, TaskHolder | null>();
  for (const [task, files] of await listClaimFiles(paths.claims)) {
    const last = files.at(-1);
    const claim = last === undefined ? null : await readClaim(last);
    if (claim === null) continue;
    const heartbeatAgeSeconds =
      Math.max(0, Date.now() - Number(claim.heartbeatNs / 1_000_000n)) / 1000;
    if (heartbeatAgeSeconds > silentSeconds) continue;
    if (claim.record !== null && (await isDead(claim.record.worker, self))) continue;
    holders.set(task, holderOf(claim, heartbeatAgeSeconds));
  }
  return holders;
}

function holderOf({ record }: SeenClaim, heartbeatAgeSeconds: number): TaskHolder | null {
  if (record === null) return null;
  const { name: worker, host, pid } = record.worker;
  return { worker, host, pid, heartbeatAgeSeconds };
}
