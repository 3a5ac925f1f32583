import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { zlibReason } from '../compression/decompress.ts';
import { corruptFile, ToeditError } from '../errors.ts';
import { readBytes } from '../files/read-bytes.ts';
import type { ZipEntry } from './read-zip-directory.ts';

/**
 * The bytes of a member of a ZIP archive, whose length and CRC-32 are checked at their end. The archive is open from the
 * first chunk to the end, an error or an early return.
 *
 * @param name - of the member, for messages.
 * @throws ToeditError `FILE_CORRUPT` where it is damaged or cut off; `UNSUPPORTED` where it is encrypted, or neither
 * stored nor deflated; `FILE_UNREADABLE`.
 */
export async function* readMember(
  archive: string,
  entry: ZipEntry,
  name: string,
): AsyncGenerator<Uint8Array> {
  refuseUnreadable(entry, name);
  const start = entry.offset + (await localHeaderBytes(archive, entry, name));
  const raw = readBytes(archive, { start, length: entry.compressedSize });
  let crc = 0;
  let size = 0;
  for await (const chunk of entry.method === 8 ? inflate(raw, name) : raw) {
    crc = crc32(chunk, crc);
    size += chunk.length;
    yield chunk;
  }
  if (size !== entry.size) {
    throw damagedMember(name, `it has ${size} bytes, the directory says ${entry.size}`);
  }
  if (crc !== entry.crc) throw damagedMember(name, 'its checksum (CRC-32) differs');
}

function refuseUnreadable({ encrypted, method }: ZipEntry, name: string): void {
  if (encrypted) {
    throw unsupported(name, 'the member is encrypted; write the archive again without a password');
  }
  if (method === 0 || method === 8) return;
  throw unsupported(
    name,
    `the member is compressed by method ${method}, and only deflate (8) and none (0) are read; write the archive again`,
  );
}

function unsupported(name: string, problem: string): ToeditError {
  return new ToeditError('UNSUPPORTED', `${name}: ${problem}`, { place: { file: name } });
}

/** The length of the header before the data (APPNOTE 4.3.7), whose name and extra field may differ from the directory's. */
async function localHeaderBytes(archive: string, entry: ZipEntry, name: string): Promise<number> {
  const range = { start: entry.offset, length: 30 };
  for await (const chunk of readBytes(archive, range)) {
    const header = Buffer.from(chunk);
    if (header.length < 30 || header.toString('latin1', 0, 4) !== 'PK\x03\x04') break;
    return 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  }
  throw damagedMember(name, 'it is not where the directory says');
}

async function* inflate(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const stream = createInflateRaw({ chunkSize: 64 * 1024 });
  // A failure of the source destroys the stream, whose reader then meets the same error.
  const feeding = pipeline(source, stream).catch(() => undefined);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    if (error instanceof ToeditError) throw error;
    throw damagedMember(name, zlibReason(error), error);
  } finally {
    stream.destroy();
    await feeding;
  }
}

function damagedMember(name: string, reason: string, cause?: unknown): ToeditError {
  const remedy = 'fetch or write the archive again';
  return corruptFile(
    { file: name },
    `: the member is damaged or cut short: ${reason}; ${remedy}`,
    cause,
  );
}
