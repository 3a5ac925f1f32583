import { type FileHandle } from 'node:fs/promises';
import { damagedFile } from '../../errors.ts';
import { openRegular } from '../../files/open-regular.ts';
import { fileUnreadable } from '../../files/read-bytes.ts';
import type { ReadAt } from '../footer/column-chunk.ts';

/** A file that is open to be read anywhere. */
export interface SourceFile {
  readonly path: string;
  readonly read: ReadAt;
  close(): Promise<void>;
}

const windowBytes = 2 ** 20;

/**
 * Opens a file. Reads of less than 1 MiB are taken from a window of that size, which moves with them: reading from page to
 * page costs few reads.
 *
 * @throws ToeditError `FILE_UNREADABLE`, and where the file ends too early `FILE_CORRUPT`, from `read` too; the signal's
 * reason once it aborts.
 */
export async function openSource(path: string, signal?: AbortSignal): Promise<SourceFile> {
  const { handle, size } = await opened(path);
  let window: { start: number; bytes: Uint8Array } = { start: 0, bytes: new Uint8Array(0) };
  return {
    path,
    read: async (position, length) => {
      signal?.throwIfAborted();
      const from = position - window.start;
      if (from >= 0 && from + length <= window.bytes.length) {
        return window.bytes.subarray(from, from + length);
      }
      const wanted = Math.max(length, Math.min(windowBytes, size - position));
      const bytes = await readExactly(handle, path, { start: position, length: wanted });
      // A large read must not be held beyond its use.
      if (wanted <= windowBytes) window = { start: position, bytes };
      return bytes.subarray(0, length);
    },
    close: () => handle.close(),
  };
}

async function opened(
  path: string,
): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  try {
    const handle = await openRegular(path);
    try {
      return { handle, size: (await handle.stat()).size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}

async function readExactly(
  handle: FileHandle,
  path: string,
  { start, length }: { readonly start: number; readonly length: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await readPart(handle, path, { bytes, filled, start });
    if (bytesRead === 0) throw damagedFile({ file: path }, `it ends before byte ${start + length}`);
    filled += bytesRead;
  }
  return bytes;
}

async function readPart(
  handle: FileHandle,
  path: string,
  { bytes, filled, start }: { bytes: Uint8Array; filled: number; start: number },
): Promise<{ readonly bytesRead: number }> {
  try {
    return await handle.read(bytes, filled, bytes.length - filled, start + filled);
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}
