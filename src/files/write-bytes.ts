import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Compression } from '../compression/compression.ts';
import { fixedSize } from '../compression/fixed-size.ts';
import { zstdFrames } from '../compression/zstd-frames.ts';
import { writeFailed } from './write-failed.ts';

/** Options of {@link writeBytes}. */
export interface WriteBytesOptions {
  readonly compression: Compression;
  /** What messages call the file. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that a zstd frame holds: small enough for any decoder's window, large enough to compress as well as a stream. */
const frameBytes = 2 ** 20;
const pieceBytes = 2 ** 16;

/**
 * Writes a new file, pulling the bytes no faster than it takes them. The same bytes give the same file, however they are
 * cut into chunks.
 *
 * @returns the file's size.
 * @throws ToeditError `WRITE_FAILED`; the errors of the stream and the signal's reason pass.
 */
export async function writeBytes(
  temporaryPath: string,
  bytes: AsyncIterable<Uint8Array>,
  { compression, path, signal }: WriteBytesOptions,
): Promise<number> {
  const file = createWriteStream(temporaryPath, { flags: 'wx' });
  try {
    if (compression === 'gzip') {
      await pipeline(fixedSize(bytes, pieceBytes), createGzip(), file, { signal });
    } else if (compression === 'zstd') {
      await pipeline(zstdFrames(fixedSize(bytes, frameBytes)), file, { signal });
    } else {
      await pipeline(fixedSize(bytes, pieceBytes), file, { signal });
    }
    return (await stat(temporaryPath)).size;
  } catch (error) {
    throw isFileSystemError(error) ? writeFailed(path, error) : error;
  } finally {
    // A pipeline that fails early does not wait for the file, which may only then be made.
    if (!file.closed) await once(file.destroy(), 'close');
  }
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
