import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { isErrno, messageOf, ToeditError } from '../errors.ts';
import { isAddress } from '../stores/address.ts';
import { readObject, statObject } from '../stores/objects.ts';
import { NotRegularFile, openRegular } from './open-regular.ts';

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
 * an error or an early return. A range that goes beyond the file's end gives the bytes there are. An object in a store is read
 * chunk by chunk, as it is at the first.
 *
 * @param path - in bytes where it is not UTF-8; or the address of an object.
 * @throws ToeditError `FILE_UNREADABLE`; of an object as `readObject`.
 */
export async function* readBytes(
  path: string | Buffer,
  range: ByteRange = {},
): AsyncGenerator<Uint8Array> {
  if (typeof path === 'string' && isAddress(path)) return yield* readChunks(path, range);
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
    throw fileUnreadable(String(path), error);
  } finally {
    await handle.close();
  }
}

async function* readChunks(url: string, range: ByteRange): AsyncGenerator<Uint8Array, void> {
  const facts = await statObject(url);
  if (facts === null) throw fileUnreadable(url, new Error('there is no such object'));
  let start = range.start ?? 0;
  const end = Math.min(facts.bytes, start + (range.length ?? facts.bytes));
  while (start < end) {
    const length = Math.min(chunkBytes, end - start);
    yield await readObject(url, { start, length, facts });
    start += length;
  }
}

async function openFile(path: string | Buffer): Promise<FileHandle> {
  try {
    return await openRegular(path);
  } catch (error) {
    throw fileUnreadable(String(path), error);
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

/** The fewest that do not cost speed. */
const hashChunkBytes = 2 ** 20;

/**
 * The SHA-256 of a file's bytes, in hexadecimal. Memory does not grow with the file.
 *
 * @throws ToeditError `FILE_UNREADABLE`
 */
export async function sha256OfFile(path: string): Promise<string> {
  try {
    const handle = await openRegular(path);
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
  // To the end that there is, not to the size that was stated: a file may grow.
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
    const isEnd = bytesRead === 0 || (position === size && bytesRead < chunk.length);
    if (isEnd) return hash.digest('hex');
  }
}

/**
 * A file-system error while reading `path`, as a `FILE_UNREADABLE`, or `ACCESS_DENIED` where it is forbidden; what is no file, as
 * a `FORMAT_UNKNOWN`; a {@link ToeditError} comes back as it is.
 */
export function fileUnreadable(path: string, cause: unknown): ToeditError {
  if (cause instanceof ToeditError) return cause;
  if (cause instanceof NotRegularFile) {
    const message = `${path} ${cause.message}`;
    return new ToeditError('FORMAT_UNKNOWN', message, { place: { file: path }, cause });
  }
  const reason = messageOf(cause);
  const isDenied = isErrno(cause, 'EACCES') || isErrno(cause, 'EPERM');
  return new ToeditError(
    isDenied ? 'ACCESS_DENIED' : 'FILE_UNREADABLE',
    `cannot read ${path}: ${reason}; check that it is there and that you may read it`,
    { place: { file: path }, cause },
  );
}
