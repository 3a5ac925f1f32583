import { randomBytes } from 'node:crypto';
import { lstat, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ToeditError } from '../errors.ts';
import { makeDirectory } from './make-directory.ts';
import { syncDirectory, syncFile } from './sync-directory.ts';
import { writeFailed } from './write-failed.ts';

/** How a file comes to stand at its path. */
export interface CommitOptions {
  /** Replaces a file that stands at the final path. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /**
   * Where the file is filled, on the same file system, in a directory that is there. @defaultValue a hidden name beside
   * the final path
   */
  readonly temporaryPath?: string | undefined;
  /** Reads the filled file again; where it rejects, the file does not appear. */
  readonly check?: ((temporaryPath: string) => Promise<void>) | undefined;
}

/** Options of {@link commitFile}. */
export interface CommitFileOptions extends CommitOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a file appear at `path` whole or not at all: `write` fills a hidden file in the same directory, which is then
 * checked, synced and renamed. On any failure or abort the hidden file goes and `path` is as it was.
 *
 * @param write - fills the given path, has closed it when it resolves, and rejects where the file must not appear.
 * @returns what `write` resolves with.
 * @throws ToeditError `OUTPUT_EXISTS` before and after `write`, unless `overwrite`; `WRITE_FAILED` where the file
 * system refuses. Errors of `write` and the signal's reason pass through as they are.
 */
export async function commitFile<T>(
  path: string,
  options: CommitFileOptions,
  write: (temporaryPath: string) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  await refuseExisting(path, options);
  const temporaryPath = await reserve(path, options.temporaryPath);
  let isPublished = false;
  try {
    const result = await write(temporaryPath);
    options.signal?.throwIfAborted();
    await options.check?.(temporaryPath);
    await refuseExisting(path, options);
    await publish(temporaryPath, path);
    isPublished = true;
    return result;
  } finally {
    if (!isPublished) await rm(temporaryPath, { force: true });
  }
}

async function refuseExisting(path: string, { overwrite }: CommitFileOptions): Promise<void> {
  if (overwrite || !(await exists(path))) return;
  throw new ToeditError(
    'OUTPUT_EXISTS',
    `${path} exists already; pass --overwrite (overwrite: true) to replace it, or choose another output`,
    { place: { file: path } },
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isNoEntry(error)) return false;
    throw writeFailed(path, error);
  }
}

function isNoEntry(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function reserve(path: string, temporaryPath: string | undefined): Promise<string> {
  const directory = dirname(path);
  try {
    await makeDirectory(directory);
  } catch (error) {
    throw writeFailed(path, error);
  }
  if (temporaryPath !== undefined) return temporaryPath;
  // The name is cut because a file name may have 255 bytes at most.
  const name = `.${basename(path).slice(0, 40)}.${randomBytes(6).toString('hex')}.part`;
  return join(directory, name);
}

async function publish(temporaryPath: string, path: string): Promise<void> {
  try {
    await syncFile(temporaryPath);
    await rename(temporaryPath, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw writeFailed(path, error);
  }
}
