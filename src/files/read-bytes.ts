import { type FileHandle, open } from 'node:fs/promises';
import { fileUnreadable } from './file-unreadable.ts';

/** Part of a file, in bytes. */
export interface ByteRange {
  /** @defaultValue 0 */
  readonly start?: number | undefined;
  /** @defaultValue what is left of the file */
  readonly length?: number | undefined;
}

const chunkBytes = 64 * 1024;

/**
 * The bytes of a file in chunks of 64 KiB, each a buffer of its own. The file is open from the first chunk to the end,
 * an error or an early return. A range that goes beyond the file's end gives the bytes there are.
 *
 * @throws ToeditError `FILE_UNREADABLE`
 */
export async function* readBytes(path: string, range: ByteRange = {}): AsyncGenerator<Uint8Array> {
  const handle = await openFile(path);
  try {
    let position = range.start ?? 0;
    const end = position + (range.length ?? Number.POSITIVE_INFINITY);
    while (position < end) {
      const chunk = await readChunk(handle, position, Math.min(chunkBytes, end - position));
      if (chunk.length === 0) return;
      position += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw fileUnreadable(path, error);
  } finally {
    await handle.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}

async function readChunk(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(
    Buffer.allocUnsafeSlow(length),
    0,
    length,
    position,
  );
  return buffer.subarray(0, bytesRead);
}
