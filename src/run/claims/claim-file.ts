import { randomUUID } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../../errors.ts';
import { linkFile } from '../../files/commit-file.ts';
import { openRegular } from '../../files/open-regular.ts';
import { writeFailed } from '../../files/write-bytes.ts';
import type { WorkerIdentity } from './worker-identity.ts';

/**
 * The file of a claim. A task may have several: of those who were taken over and of the one who holds it now, which is
 * that of the highest generation.
 */
export interface ClaimFile {
  readonly path: string;
  readonly task: number;
  /** From 0: each takeover makes the next. */
  readonly generation: number;
}

/** What a claim's file says. */
export interface ClaimRecord {
  /** Unlike that of any other claim. */
  readonly token: string;
  /** The name of the run that it belongs to. */
  readonly run: string;
  readonly worker: WorkerIdentity;
}

/** A claim's file as it was read. */
export interface SeenClaim extends ClaimFile {
  /** Null where the file is cut off, as after a power failure: its owner cannot be known. */
  readonly record: ClaimRecord | null;
  /** The last heartbeat, in nanoseconds since 1970 by the owner's clock. */
  readonly heartbeatNs: bigint;
}

/** Where the claim of that generation on a task lies. */
export function claimFile(directory: string, task: number, generation: number): ClaimFile {
  const name = generation === 0 ? `${task}.json` : `${task}.${generation}.json`;
  return { path: join(directory, name), task, generation };
}

/** All claims in a directory, by task, each task's by ascending generation; none where there is no directory. */
export async function listClaimFiles(
  directory: string,
): Promise<ReadonlyMap<number, readonly ClaimFile[]>> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return [];
    throw writeFailed(directory, error);
  });
  const files = new Map<number, ClaimFile[]>();
  for (const name of names) {
    const [, task, generation = '0'] = /^(\d+)(?:\.(\d+))?\.json$/.exec(name) ?? [];
    if (task === undefined) continue;
    const file = claimFile(directory, Number(task), Number(generation));
    files.set(file.task, [...(files.get(file.task) ?? []), file]);
  }
  for (const claims of files.values()) claims.sort((a, b) => a.generation - b.generation);
  return files;
}

/** Reads a claim; null where it is gone. */
export async function readClaim(file: ClaimFile): Promise<SeenClaim | null> {
  try {
    // Opened, so that NFS asks its server for the time of the last heartbeat.
    await using handle = await openRegular(file.path);
    const { mtimeNs } = await handle.stat({ bigint: true });
    return { ...file, record: parseRecord(await handle.readFile('utf8')), heartbeatNs: mtimeNs };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw writeFailed(file.path, error);
  }
}

function parseRecord(json: string): ClaimRecord | null {
  try {
    return JSON.parse(json) as ClaimRecord;
  } catch {
    return null;
  }
}

/**
 * Makes a claim's file, whole from the moment that it is there. Its directory is not made: where that is gone, so is the
 * run.
 *
 * @returns false where the file is there already.
 */
export async function createClaim(file: ClaimFile, record: ClaimRecord): Promise<boolean> {
  const directory = join(file.path, '..');
  const temporary = join(directory, `.${file.task}.${randomUUID()}.part`);
  try {
    await writeFile(temporary, JSON.stringify(record), { flag: 'wx' });
    return await linkFile(temporary, file.path);
  } catch (error) {
    throw writeFailed(file.path, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => null);
  }
}
