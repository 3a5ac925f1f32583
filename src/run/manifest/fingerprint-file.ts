import { createHash, type Hash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { fileUnreadable } from '../../files/file-unreadable.ts';
import { sha256OfFile } from '../../files/sha256-of-file.ts';

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
    const { size, mtimeNs } = await stat(path, { bigint: true });
    if (size <= BigInt(wholeFileBytes)) return `sha256:${await sha256OfFile(path)}`;
    const hash = createHash('sha256').update(`${String(size)} ${String(mtimeNs)}\n`);
    return `sampled:${await addSamples(path, Number(size), hash)}`;
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}

async function addSamples(path: string, bytes: number, hash: Hash): Promise<string> {
  const handle = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(endBytes);
    for (const { position, length } of samplesOf(bytes)) {
      const { bytesRead } = await handle.read(buffer, 0, length, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

interface Sample {
  readonly position: number;
  readonly length: number;
}

function samplesOf(bytes: number): Sample[] {
  const between = bytes - 2 * endBytes - sampleBytes;
  const samples = Array.from({ length: sampleCount }, (_, i) => ({
    position: endBytes + Math.floor((between * i) / (sampleCount - 1)),
    length: sampleBytes,
  }));
  const head = { position: 0, length: endBytes };
  return [head, ...samples, { position: bytes - endBytes, length: endBytes }];
}
