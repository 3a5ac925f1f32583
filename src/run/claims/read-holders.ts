import type { RunPaths } from '../run-paths.ts';
import type { TaskHolder } from '../run-status.ts';
import { workerIdentity } from '../worker-identity.ts';
import { listClaimFiles, readClaim, type SeenClaim } from './claim-file.ts';
import { type Claimant, claimant } from './claimant.ts';

/** Looks again and again at who works on which tasks. */
export interface HolderWatch {
  /**
   * The holders by the task's index; null where one cannot be known. A claim whose process is dead is nobody's, nor is one
   * that was seen not to change for a minute: by this process's own clock, since that of another host may be any.
   *
   * @throws ToeditError `WRITE_FAILED` where the claims cannot be read.
   */
  holders(): Promise<ReadonlyMap<number, TaskHolder | null>>;
}

/** A watch that has seen nothing yet. */
export function watchHolders(paths: RunPaths): HolderWatch {
  let observer: Promise<Claimant> | undefined;
  return {
    async holders() {
      observer ??= workerIdentity().then((identity) => claimant(identity));
      const watching = await observer;
      const holders = new Map<number, TaskHolder | null>();
      for (const [task, files] of await listClaimFiles(paths.claims)) {
        const last = files.at(-1);
        const lookedAt = performance.now();
        const claim = last === undefined ? null : await readClaim(last);
        if (claim === null || (await watching.isLost(claim, lookedAt))) continue;
        holders.set(task, holderOf(claim));
      }
      return holders;
    },
  };
}

function holderOf({ record, heartbeatNs }: SeenClaim): TaskHolder | null {
  if (record === null) return null;
  const { name: worker, host, pid } = record.worker;
  const ageMs = Date.now() - Number(heartbeatNs / 1_000_000n);
  return { worker, host, pid, heartbeatAgeSeconds: Math.max(0, ageMs) / 1000 };
}
