import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ToeditError } from '../errors.ts';
import type { RepositoryPaths } from './cache-paths.ts';
import type { RepositoryFile } from './repository-files.ts';

/**
 * Makes sure, before anything is downloaded, that there is room for it, as far as the file system says.
 *
 * @throws ToeditError WRITE_FAILED
 */
export async function requireSpace(
  { cache }: RepositoryPaths,
  files: readonly RepositoryFile[],
): Promise<void> {
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = await freeBytes(cache);
  if (free === undefined || needed <= free) return;
  const message = `${cache} has room for ${sizeInWords(free)}, and ${sizeInWords(needed)} are to be downloaded: make room, or name another cache with HF_HUB_CACHE or HF_HOME`;
  throw new ToeditError('WRITE_FAILED', message, { place: { file: cache } });
}

/** Of the nearest directory that is there. */
async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return dirname(path) === path ? undefined : await freeBytes(dirname(path));
  }
}

/** Such as `1.2 GB`. */
export function sizeInWords(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1000)} kB`;
}
