import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kill } from 'node:process';
import { isErrno } from '../../errors.ts';

/** A worker, and the process that it is: enough to determine, from the same machine, whether that process still lives. */
export interface WorkerIdentity {
  /** Unlike any other worker's, and safe as part of a file name: host, process and a random part. */
  readonly name: string;
  readonly host: string;
  /** Of this start of the machine; null where the system does not say, as the next two. */
  readonly bootId: string | null;
  /** Process ids mean something within it only: containers have their own. */
  readonly pidNamespace: string | null;
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's: distinguishes it from a later one of the same id. */
  readonly startTime: string | null;
}

/** The identity of a new worker in this process. */
export async function workerIdentity(): Promise<WorkerIdentity> {
  const host = hostname();
  const { pid } = process;
  const safeHost = host.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 40) || 'host';
  const name = `${safeHost}-${pid}-${randomBytes(4).toString('hex')}`;
  return { name, host, pid, ...(await processFacts(pid)) };
}

type ProcessFacts = Pick<WorkerIdentity, 'bootId' | 'pidNamespace' | 'startTime'>;

async function processFacts(pid: number): Promise<ProcessFacts> {
  const bootId = await orNull(readFile('/proc/sys/kernel/random/boot_id', 'utf8'));
  const pidNamespace = await orNull(readlink('/proc/self/ns/pid'));
  const isOwnProc = (await orNull(readlink('/proc/self'))) === String(pid);
  // A /proc of another namespace counts other processes under these ids.
  if (!isOwnProc) return { bootId: bootId?.trim() ?? null, pidNamespace: null, startTime: null };
  const startTime = (await processState(pid))?.startTime ?? null;
  return { bootId: bootId?.trim() ?? null, pidNamespace, startTime };
}

/**
 * True only where the worker's process provably does not run any more: it began before this machine was started anew, or
 * its process id is now nobody's, or another's. Of other hosts nothing can be said.
 *
 * @param observer - a worker of this process.
 */
export async function isDead(worker: WorkerIdentity, observer: WorkerIdentity): Promise<boolean> {
  return (await lifeOf(worker, observer)) === 'dead';
}

/** True only where the worker's process provably runs: on this machine, as far as its kernel says. */
export async function isAlive(worker: WorkerIdentity, observer: WorkerIdentity): Promise<boolean> {
  return (await lifeOf(worker, observer)) === 'alive';
}

async function lifeOf(
  worker: WorkerIdentity,
  observer: WorkerIdentity,
): Promise<'alive' | 'dead' | 'unknown'> {
  if (worker.host !== observer.host || isSharedName(worker.host)) return 'unknown';
  if (worker.bootId === null || observer.bootId === null) return 'unknown';
  if (worker.bootId !== observer.bootId) return 'dead';
  const isSameSpace = worker.pidNamespace === observer.pidNamespace;
  return worker.pidNamespace !== null && isSameSpace ? await lifeHere(worker) : 'unknown';
}

async function lifeHere({ pid, startTime }: WorkerIdentity): Promise<'alive' | 'dead' | 'unknown'> {
  if (!isThere(pid)) return 'dead';
  const state = await processState(pid);
  if (state === null || startTime === null) return 'unknown';
  return state.isZombie || state.startTime !== startTime ? 'dead' : 'alive';
}

/** Names that unlike machines have at once. */
function isSharedName(host: string): boolean {
  return host === '' || /^localhost(?:\.|$)/i.test(host);
}

/** Asked of the kernel itself: /proc may hide the processes of other users. */
function isThere(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}

async function processState(
  pid: number,
): Promise<{ readonly isZombie: boolean; readonly startTime: string } | null> {
  const stat = await orNull(readFile(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return null;
  // The second field, the command's name in parentheses, may hold blanks and parentheses: the third begins after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = ''] = fields;
  const startTime = fields[22 - 3];
  return startTime === undefined ? null : { isZombie: 'ZX'.includes(state), startTime };
}

async function orNull<T>(value: Promise<T>): Promise<T | null> {
  return value.catch(() => null);
}
