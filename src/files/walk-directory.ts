import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileUnreadable } from './file-unreadable.ts';

/** A name below a directory. */
export interface WalkedEntry {
  /** From the directory walked, with `/` between names. */
  readonly relativePath: string;
  readonly kind: 'file' | 'directory' | 'left out';
  /** Why it was left out. */
  readonly reason?: string | undefined;
}

/** Options of {@link walkDirectory}. */
export interface WalkOptions {
  /** Names from here on are not gone into. @defaultValue all are */
  readonly maxDepth?: number | undefined;
  /** Whether a directory is gone into; else why not. */
  readonly refuse?: ((path: string, name: string) => string | undefined) | undefined;
}

/**
 * Everything below a directory, in no certain order. Links are followed, but not back to a directory they are in.
 *
 * @throws ToeditError `FILE_UNREADABLE`
 */
export async function* walkDirectory(
  directory: string,
  options: WalkOptions = {},
): AsyncGenerator<WalkedEntry> {
  yield* walk({ directory, prefix: '', above: [await realpath(directory)] }, options);
}

interface WalkedDirectory {
  readonly directory: string;
  readonly prefix: string;
  /** The real paths of this directory and of those that led to it. */
  readonly above: readonly string[];
}

async function* walk(at: WalkedDirectory, options: WalkOptions): AsyncGenerator<WalkedEntry> {
  const { maxDepth = Number.POSITIVE_INFINITY, refuse } = options;
  for (const entry of await entriesOf(at.directory)) {
    const path = join(at.directory, entry.name);
    const relativePath = at.prefix + entry.name;
    const kind = await kindOfEntry(path, entry);
    const reason = refuse?.(path, entry.name) ?? (await loopReason(path, kind, at.above));
    if (kind === 'other' || reason !== undefined) {
      yield { relativePath, kind: 'left out', reason: reason ?? 'not a regular file' };
      continue;
    }
    yield { relativePath, kind };
    if (kind === 'file' || at.above.length >= maxDepth) continue;
    const above = [...at.above, await realpath(path)];
    yield* walk({ directory: path, prefix: `${relativePath}/`, above }, options);
  }
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    throw fileUnreadable(directory, error);
  }
}

async function kindOfEntry(path: string, entry: Dirent): Promise<'file' | 'directory' | 'other'> {
  const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
  if (target?.isFile() === true) return 'file';
  return target?.isDirectory() === true ? 'directory' : 'other';
}

async function loopReason(
  path: string,
  kind: 'file' | 'directory' | 'other',
  above: readonly string[],
): Promise<string | undefined> {
  if (kind !== 'directory' || !above.includes(await realpath(path))) return undefined;
  return 'a link back to a directory above it';
}
