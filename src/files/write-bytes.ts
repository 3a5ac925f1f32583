import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Compression } from '../compression/decompress.ts';
import { zstdFrames } from '../compression/zstd.ts';
import { messageOf, ToeditError } from '../errors.ts';

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

/** Writes all bytes, in one write where the system takes them at once; at the file's own position unless one is given. */
export async function writeWhole(
  handle: FileHandle,
  bytes: Uint8Array,
  position?: number,
): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const at = position === undefined ? undefined : position + written;
    written += (await handle.write(bytes, written, undefined, at)).bytesWritten;
  }
}

/**
 * Joins chunks in one buffer that is used again and again; what it gives holds until the next call. A new buffer for each
 * record batch leaves the C heap in pieces, and the process grows with the corpus (`benchmarks/memory`).
 */
export function chunkJoiner(): (chunks: readonly Uint8Array[]) => Uint8Array {
  let buffer = new Uint8Array(0);
  return (chunks) => {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (buffer.length < length) buffer = new Uint8Array(2 * length);
    let at = 0;
    for (const chunk of chunks) {
      buffer.set(chunk, at);
      at += chunk.length;
    }
    return buffer.subarray(0, length);
  };
}

/**
 * The same bytes in pieces of exactly `size`, but for a shorter last one: what a compressor makes of them then does not
 * depend on how they came. Each piece is a buffer of its own.
 */
async function* fixedSize(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(size);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** A temporary file. Disposing removes it. */
export interface SpooledFile extends AsyncDisposable {
  readonly path: string;
}

/** Options of {@link spool}. */
export interface SpoolOptions {
  /** Where the file goes. @defaultValue the system's temporary directory */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes bytes to a temporary file, for readers that need random access. Where that fails, no file stays.
 *
 * @throws ToeditError `WRITE_FAILED`; the errors of the stream and the signal's reason pass.
 */
export async function spool(
  bytes: AsyncIterable<Uint8Array>,
  { directory = tmpdir(), signal }: SpoolOptions = {},
): Promise<SpooledFile> {
  const own = await mkdtemp(join(directory, 'toedit-')).catch((error: unknown) => {
    throw writeFailed(directory, error);
  });
  const remove = (): Promise<void> => rm(own, { recursive: true, force: true });
  const path = join(own, 'spooled');
  try {
    await writeBytes(path, bytes, { compression: 'none', path, signal });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}

/** A file-system error while writing `path`, as a `WRITE_FAILED`; a {@link ToeditError} comes back as it is. */
export function writeFailed(path: string, cause: unknown): ToeditError {
  if (cause instanceof ToeditError) return cause;
  const reason = messageOf(cause);
  return new ToeditError(
    'WRITE_FAILED',
    `cannot write ${path}: ${reason}; check the space and the permissions there`,
    { place: { file: path }, cause },
  );
}
