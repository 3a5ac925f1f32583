import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDirectory } from '../../files/commit-file.ts';
import { cacheUnwritable } from '../cache-paths.ts';
import { type LockWait, type Release, takeMarker } from './marker-lock.ts';

/** What is free is had sooner. */
const patienceMs = 1000;

/**
 * Does work under the lock of a blob, so that of any number of processes one downloads it. Python's `huggingface_hub` holds `flock(2)` of the
 * same file; Node has no such call, so the `flock` program holds it for us. Where there is none, as on macOS and Windows, a marker beside it
 * stands for it among processes of toedit. What is in the cache does not depend on the lock: files appear there whole.
 *
 * @param path - the lock's file; its directory is made where it is missing.
 * @throws ToeditError WRITE_FAILED; what `work` throws; the signal's reason.
 */
export async function underLock<T>(
  path: string,
  wait: LockWait,
  work: () => Promise<T>,
): Promise<T> {
  await makeDirectory(dirname(path)).catch((error: unknown) => {
    throw cacheUnwritable(path, error);
  });
  const release =
    (await takeFlock(path, wait)) ??
    (await takeMarker(`${path}.toedit`, wait).catch((error: unknown) => {
      wait.signal?.throwIfAborted();
      throw cacheUnwritable(path, error);
    }));
  try {
    return await work();
  } finally {
    await release();
  }
}

/** The program ends with its standard input, so with this process, however that ends. Undefined where it cannot lock. */
async function takeFlock(path: string, { signal, onWait }: LockWait): Promise<Release | undefined> {
  signal?.throwIfAborted();
  const holder = spawn('flock', ['-x', path, 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // The terminal's Ctrl-C is not for it.
    detached: true,
  });
  holder.stdin.on('error', () => undefined);
  const ended = new Promise<'ended'>((resolve) => {
    holder.once('error', () => resolve('ended'));
    holder.once('close', () => resolve('ended'));
  });
  const release = async (): Promise<void> => {
    holder.stdin.end();
    await ended;
  };
  const abort = new AbortController();
  const stop = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
  try {
    const got = once(holder.stdout, 'data', { signal: stop }).then(() => 'got' as const);
    got.catch(() => undefined);
    const slow = sleep(patienceMs, 'slow' as const, { signal: stop });
    slow.catch(() => undefined);
    const first = await Promise.race([got, ended, slow]);
    if (first === 'slow') onWait();
    const last = first === 'slow' ? await Promise.race([got, ended]) : first;
    return last === 'got' ? release : undefined;
  } catch (error) {
    killGroup(holder.pid);
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    abort.abort();
  }
}

/** While it waits it does not read its input. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    kill(-pid, 'SIGTERM');
  } catch {
    // It has ended.
  }
}
