import { utimes } from 'node:fs/promises';
import type { TaskHolder } from '../../metrics/run-status.ts';
import type { RunPaths } from '../run-paths.ts';
import { listClaimFiles, readClaim, type SeenClaim } from './claim-file.ts';
import { isDead, type WorkerIdentity, workerIdentity } from './worker-identity.ts';

/** How claims are kept and judged. */
export interface ClaimantOptions {
  /** @defaultValue 10,000 */
  readonly heartbeatMs?: number | undefined;
  /** A claim is given up for lost where its heartbeat was not seen to change for so long. @defaultValue 60,000 */
  readonly staleAfterMs?: number | undefined;
}

/** A worker as one that claims tasks: it keeps its own claims fresh, and remembers what it saw of others'. */
export interface Claimant {
  readonly identity: WorkerIdentity;
  /** Refreshes the heartbeat of that file until `drop`. */
  keep(path: string): void;
  drop(path: string): void;
  /**
   * Whether that claim is to be taken over: its process is dead, or its heartbeat has not changed while this worker
   * watched.
   *
   * @param lookedAt - `performance.now()` from before the claim was read: a process that is frozen between looking and judging
   * must not take its own sleep for the other's.
   */
  isLost(claim: SeenClaim, lookedAt: number): Promise<boolean>;
}

/** A claimant that holds nothing yet. */
export function claimant(identity: WorkerIdentity, options: ClaimantOptions = {}): Claimant {
  const { heartbeatMs = 10_000, staleAfterMs = 60_000 } = options;
  const watch = watchHeartbeats(staleAfterMs);
  return {
    identity,
    ...keepFresh(heartbeatMs),
    async isLost(claim, lookedAt) {
      const { record } = claim;
      if (record !== null && (await isDead(record.worker, identity))) return true;
      return watch(claim, lookedAt);
    },
  };
}

/** One timer for all files. */
function keepFresh(heartbeatMs: number): Pick<Claimant, 'keep' | 'drop'> {
  const paths = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const beat = (): void => {
    const now = new Date();
    // A heartbeat that fails is one that others do not see: the next commit asks whether the claim is still held.
    for (const path of paths) utimes(path, now, now).catch(() => null);
  };
  return {
    keep(path) {
      paths.add(path);
      timer ??= setInterval(beat, heartbeatMs).unref();
    },
    drop(path) {
      paths.delete(path);
      if (paths.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** Judges by this process's own monotonic clock: clocks of other hosts are not compared, only seen to move. */
function watchHeartbeats(staleAfterMs: number): (claim: SeenClaim, lookedAt: number) => boolean {
  const seen = new Map<string, { readonly heartbeat: string; readonly since: number }>();
  return ({ path, record, heartbeatNs }, lookedAt) => {
    const heartbeat = `${record?.token ?? ''} ${heartbeatNs}`;
    const known = seen.get(path);
    if (known?.heartbeat === heartbeat) return lookedAt - known.since >= staleAfterMs;
    seen.set(path, { heartbeat, since: lookedAt });
    return false;
  };
}

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
