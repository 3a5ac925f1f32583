import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fileUnreadable } from './file-unreadable.ts';

/** The fewest that do not cost speed. */
const hashChunkBytes = 2 ** 20;

/**
 * The SHA-256 of a file's bytes, in hexadecimal. Memory does not grow with the file.
 *
 * @throws ToeditError `FILE_UNREADABLE`
 */
export async function sha256OfFile(path: string): Promise<string> {
  try {
    const handle = await open(path);
    try {
      return await sha256Of(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}

async function sha256Of(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const { size } = await handle.stat();
  const chunk = Buffer.allocUnsafe(Math.min(size + 1, hashChunkBytes));
  // To the end that there is, not to the size that was told: a file may grow.
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
    const isEnd = bytesRead === 0 || (position === size && bytesRead < chunk.length);
    if (isEnd) return hash.digest('hex');
  }
}
