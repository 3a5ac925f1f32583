import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { cacheUnwritable } from './cache-paths.ts';
import type { RepositoryFile } from './repository-files.ts';

/** The beginning of a file that is being downloaded, hashed as it grows. */
export interface Part extends AsyncDisposable {
  readonly bytes: number;
  readonly append: (chunk: Uint8Array) => Promise<void>;
  /** Begins anew, with a file of its own: another process may still write to the old one. */
  readonly restart: () => Promise<void>;
  /** Whether all of the file is there, with the hash that the hub lists. May be called once. */
  readonly isWhole: () => Promise<boolean>;
  /** Makes it durable. */
  readonly sync: () => Promise<void>;
}

/**
 * Opens the part of a file, and hashes what of it is there; one that is longer than the file begins anew.
 *
 * @throws ToeditError WRITE_FAILED
 */
export async function openPart(path: string, file: RepositoryFile): Promise<Part> {
  let handle = await orUnwritable(path, () => open(path, 'a+'));
  let hash = hashOf(file);
  let bytes = 0;
  const restart = async (): Promise<void> => {
    await handle.close();
    await rm(path, { force: true });
    handle = await open(path, 'ax+');
    hash = hashOf(file);
    bytes = 0;
  };
  try {
    bytes = await orUnwritable(path, () => hashContent(handle, hash));
    if (bytes > file.bytes) await orUnwritable(path, restart);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    get bytes() {
      return bytes;
    },
    append: async (chunk) => {
      await orUnwritable(path, () => handle.appendFile(chunk));
      hash.update(chunk);
      bytes += chunk.length;
    },
    restart: () => orUnwritable(path, restart),
    isWhole: async () => {
      const { size } = await handle.stat();
      return size === file.bytes && hash.digest('hex') === (file.sha256 ?? file.gitSha1);
    },
    sync: () => handle.sync(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function orUnwritable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cacheUnwritable(path, error);
  }
}

/** SHA-256 of files in large-file storage; of others what Git calls their content. */
function hashOf({ sha256, bytes }: RepositoryFile): Hash {
  if (sha256 !== undefined) return createHash('sha256');
  return createHash('sha1').update(`blob ${bytes}\0`);
}

async function hashContent(handle: FileHandle, hash: Hash): Promise<number> {
  const chunk = Buffer.allocUnsafe(2 ** 20);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return position;
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}
