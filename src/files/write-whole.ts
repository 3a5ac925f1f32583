import type { FileHandle } from 'node:fs/promises';

/** Writes all bytes at the file's position, in one write where the system takes them at once. */
export async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written)).bytesWritten;
  }
}
