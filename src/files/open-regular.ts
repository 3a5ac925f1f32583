import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** What has a path, but no size and perhaps no end. */
export class NotRegularFile extends Error {
  override readonly name = 'NotRegularFile';
}

/**
 * Opens a file to be read. Pipes, sockets and devices are not waited for: they are refused at once. A directory opens, and
 * fails when it is read.
 *
 * @throws NotRegularFile, whose message follows the path; the file system's error.
 */
export async function openRegular(path: string | Buffer): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const kind = irregularKind(await handle.stat());
    if (kind !== undefined) throw new NotRegularFile(notRegular(kind));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The bytes of a file that is read at once. Rejects as {@link openRegular}. */
export async function readRegular(path: string): Promise<Buffer> {
  await using handle = await openRegular(path);
  return await handle.readFile();
}

/** What follows the path in messages of what is no file. */
export function notRegular(kind: string): string {
  return `is ${kind}, not a regular file; write what it gives to a file, and name that`;
}

/** What it is in place of a file or directory; undefined of these. */
export function irregularKind(stats: Stats): string | undefined {
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : undefined;
}
