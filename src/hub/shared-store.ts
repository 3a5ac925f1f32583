import { appendFile, lstat, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { makeDirectory } from '../files/commit-file.ts';
import { sha256OfFile } from '../files/read-bytes.ts';
import type { RepositoryPaths } from './cache-paths.ts';
import { underLock } from './lock/blob-lock.ts';
import type { LockWait } from './lock/marker-lock.ts';
import type { RepositoryFile } from './repository-files.ts';

/**
 * Takes a file from the store that all models of the cache share, where Python's `huggingface_hub` has put it: `blobs/aa/<Xet hash>`, marked
 * by a file, with a list of the links to it in `<Xet hash>.refs`, by which it is cleaned up. The content's SHA-256 is checked. Nothing is put
 * there: Python takes only what has come by the Xet protocol.
 *
 * @returns false where it is not there.
 */
export async function linkFromSharedStore(
  blob: string,
  file: RepositoryFile,
  { cache }: RepositoryPaths,
  wait: LockWait,
): Promise<boolean> {
  const { xetHash, sha256, bytes } = file;
  if (xetHash === undefined || sha256 === undefined) return false;
  const store = join(cache, 'blobs');
  const stored = join(store, xetHash.slice(0, 2), xetHash);
  if (!(await isStore(store)) || !(await isWhole(stored, bytes))) return false;
  try {
    if ((await sha256OfFile(stored)) !== sha256) return false;
    return await underLock(`${stored}.lock`, wait, async () => {
      if (!(await isWhole(stored, bytes))) return false;
      await makeDirectory(dirname(blob));
      const reference = relative(cache, blob).replaceAll('\\', '/');
      await appendFile(`${stored}.refs`, `${reference}\n`, { flush: true });
      await link(stored, blob);
      return true;
    });
  } catch {
    wait.signal?.throwIfAborted();
    // It is downloaded, then.
    return false;
  }
}

async function link(stored: string, blob: string): Promise<void> {
  const temporary = join(dirname(blob), `.${basename(blob)}.${process.pid}.shared`);
  try {
    await symlink(relative(dirname(blob), stored), temporary);
    await rename(temporary, blob);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A directory of that name may be anything: the store is marked, with the version of its layout. */
async function isStore(path: string): Promise<boolean> {
  const marker = join(path, '.huggingface-shared-blobs');
  return (await readFile(marker, 'utf8').catch(() => '')) === '1\n';
}

async function isWhole(path: string, bytes: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === bytes;
}
