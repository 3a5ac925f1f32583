import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { damagedData, messageOf } from '../errors.ts';
import { peek } from './byte-stream.ts';
import { unzstd } from './unzstd.ts';

/** How a file's bytes are wrapped as a whole. */
export type Compression = 'none' | 'gzip' | 'zstd';

/**
 * What the first four bytes say: gzip (RFC 1952 §2.3.1) and zstd frames, skippable ones included (RFC 8878 §3.1), have
 * magic numbers.
 */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  const isSkippable = a !== undefined && a >> 4 === 5;
  return isSkippable && b === 0x2a && c === 0x4d && d === 0x18 ? 'zstd' : 'none';
}

/**
 * The plain bytes of a stream that is plain, gzip or zstd: its own first bytes say which.
 *
 * @param name - of the file, for messages.
 * @throws ToeditError `FILE_CORRUPT` where compressed data is damaged or ends early; the errors of the stream pass.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  const { head, bytes } = await peek(source, 4);
  switch (compressionOf(head)) {
    case 'gzip':
      return yield* gunzip(bytes, name);
    case 'zstd':
      return yield* unzstd(bytes, name);
    case 'none':
      return yield* bytes;
  }
}

/**
 * Decompresses gzip data of one member or many (RFC 1952 §2.2), and checks each member's length and CRC-32. Zero bytes
 * may follow the last member.
 *
 * @param name - of the file, for messages.
 * @throws ToeditError `FILE_CORRUPT` where the data is damaged, ends early, or is followed by other data; the errors of
 * the stream pass.
 */
async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  const input = watch(source);
  const stream = createGunzip({ chunkSize: 64 * 1024 });
  // A failure of the source destroys the stream, whose reader then meets the same error.
  const feeding = pipeline(input.read(), stream).catch(() => undefined);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
    await feeding;
    // zlib ends at the first zero byte after a member, and says nothing of members or damage behind it.
    if ((await input.end()) > stream.bytesWritten) throw trailingData(name, stream.bytesWritten);
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw damagedData(name, 'gzip', new Error(zlibReason(error), { cause: error }));
  } finally {
    stream.destroy();
    await feeding;
    await input.close();
  }
}

interface WatchedBytes {
  /** The chunks; ending them early does not end the source. */
  read(): AsyncGenerator<Uint8Array>;
  /** Reads what is left, and resolves with where the last byte that is not zero ends. */
  end(): Promise<number>;
  close(): Promise<unknown>;
}

function watch(source: AsyncIterable<Uint8Array>): WatchedBytes {
  const iterator = source[Symbol.asyncIterator]();
  let size = 0;
  let lastEnd = 0;
  const next = async (): Promise<Uint8Array | undefined> => {
    const result = await iterator.next();
    if (result.done === true) return undefined;
    const last = result.value.findLastIndex((byte) => byte !== 0);
    if (last >= 0) lastEnd = size + last + 1;
    size += result.value.length;
    return result.value;
  };
  async function* read(): AsyncGenerator<Uint8Array> {
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk;
  }
  const end = async (): Promise<number> => {
    while ((await next()) !== undefined);
    return lastEnd;
  };
  return { read, end, close: async () => iterator.return?.() };
}

function trailingData(name: string, end: number): Error {
  const cause = new Error(`other data follows the member that ends at byte ${end}`);
  return damagedData(name, 'gzip', cause);
}

/** What an error of zlib means for the data. */
export function zlibReason(error: unknown): string {
  const message = messageOf(error);
  if (message === 'unexpected end of file') return message;
  const check = /^incorrect (data|length) check$/.exec(message)?.[1];
  if (check !== undefined) return `its ${check === 'data' ? 'checksum' : 'length'} differs`;
  return 'it cannot be decompressed';
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
