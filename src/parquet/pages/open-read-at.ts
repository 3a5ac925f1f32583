import { type FileHandle, open } from 'node:fs/promises';
import { fileUnreadable } from '../../files/file-unreadable.ts';
import type { ReadAt } from './column-chunk.ts';

/** A file that is open to be read anywhere. */
export interface OpenReadAt {
  readonly read: ReadAt;
  readonly close: () => Promise<void>;
}

/**
 * Opens a file. Its reads reject with `FILE_UNREADABLE`, or an Error where the file ends before.
 *
 * @throws ToeditError `FILE_UNREADABLE`
 */
export async function openReadAt(path: string): Promise<OpenReadAt> {
  const handle = await open(path).catch((cause: unknown) => {
    throw fileUnreadable(path, cause);
  });
  return {
    read: async (position, length) => {
      const bytes = Buffer.allocUnsafeSlow(length);
      for (let filled = 0; filled < length; ) {
        const read = await readSome(handle, path, bytes.subarray(filled), position + filled);
        if (read === 0) throw new Error(`the file ends before byte ${position + length}`);
        filled += read;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

async function readSome(
  handle: FileHandle,
  path: string,
  bytes: Buffer,
  position: number,
): Promise<number> {
  try {
    return (await handle.read(bytes, 0, bytes.length, position)).bytesRead;
  } catch (cause) {
    throw fileUnreadable(path, cause);
  }
}
