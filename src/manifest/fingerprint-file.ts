import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fileUnreadable } from '../files/file-unreadable.ts';

/** Files up to this size, in bytes, are hashed whole. */
export const wholeFileBytes: number = 64 * 2 ** 20;

const endBytes = 2 ** 20;
const sampleBytes = 64 * 1024;
const sampleCount = 32;

/**
 * What tells a file's content from another's.
 *
 * - Up to 64 MiB: `sha256:` and the SHA-256 of all bytes. Touching or copying the file leaves it as it is.
 * - Above: `sampled:` and the SHA-256 of size, modification time in nanoseconds, the first and last MiB, and 32 blocks of
 *   64 KiB evenly between them. A corpus of terabytes is so planned in minutes, not hours; as a sample cannot prove that the
 *   rest is the same, the modification time counts, too.
 *
 * Memory does not grow with the file.
 *
 * @throws ToeditError `FILE_UNREADABLE`
 */
export async function fingerprintFile(path: string): Promise<string> {
  try {
    const handle = await open(path);
    try {
      const { size, mtimeNs } = await handle.stat({ bigint: true });
      const bytes = Number(size);
      if (bytes <= wholeFileBytes) return `sha256:${await hashAll(handle, bytes)}`;
      const hash = createHash('sha256').update(`${String(size)} ${String(mtimeNs)}\n`);
      return `sampled:${await hashSamples(handle, bytes, hash)}`;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}

async function hashAll(handle: FileHandle, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(bytes + 1, endBytes));
  // To the end that there is, not to the size that was told: a file may grow.
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

async function hashSamples(handle: FileHandle, bytes: number, hash: Hash): Promise<string> {
  const buffer = Buffer.allocUnsafe(endBytes);
  const add = async (position: number, length: number): Promise<void> => {
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    hash.update(buffer.subarray(0, bytesRead));
  };
  await add(0, endBytes);
  const between = bytes - 2 * endBytes - sampleBytes;
  for (let i = 0; i < sampleCount; i++) {
    await add(endBytes + Math.floor((between * i) / (sampleCount - 1)), sampleBytes);
  }
  await add(bytes - endBytes, endBytes);
  return hash.digest('hex');
}
