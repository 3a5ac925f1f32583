import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrno } from '../../errors.ts';
import { isDead, type WorkerIdentity, workerIdentity } from '../../run/claims/worker-identity.ts';

/** How a lock is waited for. */
export interface LockWait {
  readonly signal: AbortSignal | undefined;
  /** Called once where another process has the lock. */
  readonly onWait: () => void;
}

/** Gives a lock back. */
export type Release = () => Promise<void>;

const pollMs = 500;
const renewMs = 10_000;
/** A marker that was not renewed for so long is nobody's. */
const staleMs = 60_000;

/**
 * Takes a lock that is a file's existence. The file names its holder, who renews its time: one whose process has ended, or which is not renewed,
 * is taken over.
 *
 * @throws the file system's error; the signal's reason.
 */
export async function takeMarker(path: string, { signal, onWait }: LockWait): Promise<Release> {
  const self = await workerIdentity();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    if (await isMade(path, JSON.stringify(self))) return holding(path);
    if (await isNobodys(path, self)) {
      await removeMarker(path, self);
      continue;
    }
    if (attempt === 2) onWait();
    await sleep(pollMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

async function isMade(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function holding(path: string): Release {
  const renewing = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, renewMs).unref();
  return async () => {
    clearInterval(renewing);
    await rm(path, { force: true });
  };
}

async function isNobodys(path: string, self: WorkerIdentity): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return false;
  if (Date.now() - found.mtimeMs > staleMs) return true;
  try {
    return await isDead(JSON.parse(await readFile(path, 'utf8')) as WorkerIdentity, self);
  } catch {
    // It is being written, or has gone.
    return false;
  }
}

/** Aside first: of any number of processes one takes it away, and not the marker that follows it. */
async function removeMarker(path: string, self: WorkerIdentity): Promise<void> {
  const aside = `${path}.${self.name}`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}
