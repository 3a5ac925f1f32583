import { type FileHandle, open } from 'node:fs/promises';
import { writeFailed } from '../../files/write-failed.ts';
import { writeWhole } from '../../files/write-whole.ts';

/** A new file that is written from its first byte to its last. */
export interface OutputFile {
  /** Bytes written so far: where the next one comes to lie. */
  readonly position: number;
  /** Adds bytes, which must not change before `finish`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Hands what is still held to the system. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Small pieces are gathered: a write each would cost more than the bytes. */
const gatherBytes = 2 ** 20;

/**
 * Makes a file, which must not exist.
 *
 * @param path - what messages call it.
 * @throws ToeditError `WRITE_FAILED`, from its methods too.
 */
export async function createOutput(temporaryPath: string, path: string): Promise<OutputFile> {
  const handle = await attempt(path, () => open(temporaryPath, 'wx'));
  let position = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const flush = async (): Promise<void> => {
    const bytes = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
    held = [];
    heldBytes = 0;
    await attempt(path, () => writeWhole(handle, bytes));
  };
  return {
    get position() {
      return position;
    },
    write: async (bytes) => {
      position += bytes.length;
      held.push(bytes);
      heldBytes += bytes.length;
      if (heldBytes >= gatherBytes) await flush();
    },
    finish: flush,
    close: () => closed(handle, path),
  };
}

async function closed(handle: FileHandle, path: string): Promise<void> {
  await attempt(path, () => handle.close());
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw writeFailed(path, error);
  }
}
