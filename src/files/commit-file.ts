import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isErrno, ToeditError } from '../errors.ts';
import { type OptionNames } from '../options.ts';
import { writeFailed } from './write-bytes.ts';

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

/** For those who check the names of options that have these among them. */
export const commitOptionNames: OptionNames<CommitOptions> = {
  overwrite: true,
  temporaryPath: true,
  check: true,
};

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

/** @throws ToeditError `OUTPUT_EXISTS` where something stands at the path, unless `overwrite`. */
export async function refuseExisting(
  path: string,
  { overwrite }: Pick<CommitFileOptions, 'overwrite'>,
): Promise<void> {
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
  return isErrno(error, 'ENOENT');
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

/**
 * Makes a whole file appear under a further name, unless that is taken: of any number of processes one succeeds. Where
 * there are no hard links, as on FAT, it is copied, and others may see it half-written for a moment.
 *
 * @param source - a file of no other name, on the same file system.
 * @returns false where the name is taken.
 * @throws the file system's error.
 */
export async function linkFile(source: string, path: string): Promise<boolean> {
  try {
    await link(source, path);
    return true;
  } catch (error) {
    // NFS may do it and lose the answer, and then say of the second try that the name is taken.
    if ((await stat(source)).nlink === 2) return true;
    if (isErrno(error, 'EEXIST')) return false;
    if (isErrno(error, 'ENOENT')) throw error;
    return await copied(source, path);
  }
}

async function copied(source: string, path: string): Promise<boolean> {
  try {
    await copyFile(source, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Makes durable which files a directory holds. Windows cannot open a directory; there it does nothing. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes durable what a file holds. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a directory, and those above it, where they are missing.
 *
 * @throws the file system's error. Node's own way does not end where one cannot be made in a directory that is there, as in
 * `/proc`.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isDirectory(path)) return;
    const above = dirname(path);
    if (!isErrno(error, 'ENOENT') || above === path) throw error;
    // Another process may have made it meanwhile.
    if (!(await isDirectory(above))) await makeDirectory(above);
    await mkdir(path).catch(async (again: unknown) => {
      if (!(await isDirectory(path))) throw again;
    });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** What a sink wrote: the final path, its rows, and its size in bytes. */
export interface WriteResult {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}
