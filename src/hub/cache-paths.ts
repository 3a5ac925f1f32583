import { randomBytes } from 'node:crypto';
import { copyFile, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { messageOf, ToeditError } from '../errors.ts';
import { makeDirectory } from '../files/commit-file.ts';
import type { HubCommit } from '../run/manifest/manifest.ts';
import { isCommit } from './hub-name.ts';

/** Where a model lies in the cache that Python's `huggingface_hub` shares. */
export interface RepositoryPaths {
  /** The cache of all models. */
  readonly cache: string;
  readonly root: string;
  readonly blobs: string;
  readonly locks: string;
  readonly ref: (revision: string) => string;
  readonly snapshot: (commit: string) => string;
  readonly tree: (commit: string) => string;
}

/** The places of a model of that name. */
export function repositoryPaths(cache: string, name: string): RepositoryPaths {
  const folder = `models--${name.replace('/', '--')}`;
  const root = join(cache, folder);
  return {
    cache,
    root,
    blobs: join(root, 'blobs'),
    locks: join(cache, '.locks', folder),
    ref: (revision) => join(root, 'refs', revision),
    snapshot: (commit) => join(root, 'snapshots', commit),
    tree: (commit) => join(root, 'trees', `${commit}.json`),
  };
}

/** Which model a directory is, where it is a snapshot of the hub's cache; undefined elsewhere. */
export function hubCommitOf(directory: string): HubCommit | undefined {
  const [commit, snapshots, folder] = [
    directory,
    dirname(directory),
    dirname(dirname(directory)),
  ].map((path) => basename(path));
  if (commit === undefined || !isCommit(commit) || snapshots !== 'snapshots') return undefined;
  const name = /^models--(.+)$/u.exec(folder ?? '')?.[1]?.replace('--', '/');
  return name === undefined ? undefined : { name, commit };
}

/** The commit that a revision was at when it was last looked up; undefined where it never was. */
export async function readRef(
  paths: RepositoryPaths,
  revision: string,
): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const text = await readFile(paths.ref(revision), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Remembers which commit a revision is at. */
export async function writeRef(
  paths: RepositoryPaths,
  revision: string,
  commit: string,
): Promise<void> {
  if (isCommit(revision) || (await readRef(paths, revision)) === commit) return;
  await appear(paths.ref(revision), (path) => writeFile(path, commit));
}

/**
 * Makes a file of the cache appear whole, in the place of what stands there.
 *
 * @param write - fills the path that it is called with.
 * @throws ToeditError WRITE_FAILED
 */
export async function appear(
  path: string,
  write: (temporaryPath: string) => Promise<unknown>,
): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await makeDirectory(dirname(path));
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cacheUnwritable(path, error);
  }
}

/** A file of the cache that could not be written. */
export function cacheUnwritable(path: string, cause: unknown): ToeditError {
  if (cause instanceof ToeditError) return cause;
  const remedy = 'make room there, or name another cache with HF_HUB_CACHE or HF_HOME';
  const message = `cannot write ${path} (${messageOf(cause)}): ${remedy}`;
  return new ToeditError('WRITE_FAILED', message, { place: { file: path }, cause });
}

/** The size of the file at a path, links followed; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

/** Makes a blob appear in a snapshot: as a relative link, or as a copy where links are not to be or cannot be made. */
export async function showInSnapshot(blob: string, path: string, copies: boolean): Promise<void> {
  await appear(path, async (temporary) => {
    const target = relative(dirname(path), blob);
    const isLinked = !copies && (await symlink(target, temporary).then(isDone, isNotDone));
    if (!isLinked) await copyFile(blob, temporary);
  });
}

const isDone = (): boolean => true;
const isNotDone = (): boolean => false;
