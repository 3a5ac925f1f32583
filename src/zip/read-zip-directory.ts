import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { type FileHandle } from 'node:fs/promises';
import StreamZip from 'node-stream-zip';
import { corruptFile, messageOf, ToeditError } from '../errors.ts';
import { openRegular } from '../files/open-regular.ts';
import { nameOfBytes, problemOfPath } from '../files/path-names.ts';
import { fileUnreadable } from '../files/read-bytes.ts';
import type { Source } from '../operator.ts';

/** A member of a ZIP archive, as the archive's directory describes it. */
export interface ZipEntry {
  /** Bytes that are not UTF-8 stand in it as `\xe9`. */
  readonly name: string;
  /** Why no file can be written under this name, in words; else null. */
  readonly problem: string | null;
  /** Where its local header begins. */
  readonly offset: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc: number;
  /** 0: stored, 8: deflated; others are not read. */
  readonly method: number;
  readonly encrypted: boolean;
}

/**
 * The members of a ZIP archive, ZIP64 included, without directories, in the order of their names' bytes.
 *
 * @throws ToeditError `FILE_CORRUPT` where the directory is damaged or cut off; `FILE_UNREADABLE`.
 */
export async function readZipDirectory(path: string): Promise<ZipEntry[]> {
  const handle = await openRegular(path).catch((error: unknown) => {
    throw fileUnreadable(path, error);
  });
  try {
    const count = await checkZipEnd(handle);
    const entries = await readEntries(handle);
    if (entries.length !== count) throw new Error('its directory is damaged');
    return withClashes(inOrder(entries.filter((entry) => !isDirectory(entry))));
  } catch (error) {
    const problem = `cannot be read as a ZIP archive: ${messageOf(error)}`;
    throw corruptFile({ file: path }, `: ${problem}; fetch or write the archive again`, error);
  } finally {
    await handle.close();
  }
}

function isDirectory({ name, size }: ZipEntry): boolean {
  return name.endsWith('/') && size === 0;
}

async function readEntries(handle: FileHandle): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  // Given the descriptor, node-stream-zip leaves closing it to us: by itself it keeps that of a damaged archive open.
  const zip = new StreamZip({
    ...{ fd: handle.fd, storeEntries: false, chunkSize: longestEntry },
    ...{ nameEncoding: byteEncoding, skipEntryNameValidation: true },
  });
  zip.on('entry', ({ name, offset, compressedSize, size, crc, method, encrypted }) => {
    entries.push({ ...named(name), offset, compressedSize, size, crc, method, encrypted });
  });
  // An error after the first has nobody else to hear it.
  zip.on('error', () => undefined);
  await once(zip as unknown as NodeJS.EventEmitter, 'ready').catch((cause: unknown) => {
    const isOfName = messageOf(cause).startsWith('Malicious entry');
    throw isOfName ? cause : new Error('its directory is damaged', { cause });
  });
  return entries;
}

/** An entry's header with a name, an extra field and a comment as long as they may be; longer than what it is read in, it is lost. */
const longestEntry = 46 + 3 * 0xffff;

/** An encoding in which each byte is a character of its own: decoded by it, names can be had as bytes again. */
const byteEncoding = 'windows-1252';
const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const byteOf: ReadonlyMap<string, number> = new Map(
  Array.from(new TextDecoder(byteEncoding).decode(allBytes), (character, byte) => [
    character,
    byte,
  ]),
);

/** Most tools write UTF-8, whether they say so or not. */
function named(decoded: string): Pick<ZipEntry, 'name' | 'problem'> {
  const bytes = Uint8Array.from(decoded, (character) => byteOf.get(character) ?? 0);
  const name = nameOfBytes(bytes);
  return { name, problem: isUtf8(bytes) ? problemOfPath(name) : 'its name is not UTF-8' };
}

function inOrder(entries: readonly ZipEntry[]): ZipEntry[] {
  return entries.toSorted((one, other) =>
    Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)),
  );
}

/** Of members of one name none can be known to be the right one; a file cannot be a directory, too. */
function withClashes(entries: readonly ZipEntry[]): ZipEntry[] {
  const counts = new Map<string, number>();
  for (const { name } of entries) counts.set(name, (counts.get(name) ?? 0) + 1);
  const usable = entries.filter(({ problem }) => problem === null);
  const directories = new Set(usable.flatMap(({ name }) => directoriesOf(name)));
  const clashOf = ({ name }: ZipEntry): string | null => {
    if ((counts.get(name) ?? 0) > 1) return 'another member has the same name';
    return directories.has(name) ? 'its name is that of a directory of other members' : null;
  };
  return entries.map((entry) => ({ ...entry, problem: entry.problem ?? clashOf(entry) }));
}

function directoriesOf(name: string): readonly string[] {
  return Array.from(name.matchAll(/\//g), ({ index }) => name.slice(0, index));
}

/**
 * Checks the records at the end of a ZIP archive (APPNOTE 4.3.14 to 4.3.16): that they are there, and that the directory
 * they point to lies before them. node-stream-zip follows damaged ones into errors that nobody can catch.
 *
 * @returns how many members there are.
 * @throws Error saying what is wrong.
 */
async function checkZipEnd(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const tail = await readAt(handle, Math.max(0, size - longestEnd), Math.min(size, longestEnd));
  const at = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (at < 0 || at + 22 > tail.length) throw new Error('its end is missing');
  const end = {
    at: size - tail.length + at,
    count: tail.readUInt16LE(at + 10),
    bytes: tail.readUInt32LE(at + 12),
    start: tail.readUInt32LE(at + 16),
  };
  const isLarge = end.count === 0xffff || end.bytes === 0xffffffff || end.start === 0xffffffff;
  const directory = isLarge ? await readLargeEnd(handle, end.at) : end;
  if (directory.start + directory.bytes > directory.at) {
    throw new Error('its directory is not where its end says');
  }
  return directory.count;
}

/** The record and the longest comment that may follow it. */
const longestEnd = 22 + 0xffff;

interface DirectoryPlace {
  /** Where the record that locates it begins. */
  readonly at: number;
  readonly count: number;
  readonly bytes: number;
  readonly start: number;
}

async function readLargeEnd(handle: FileHandle, before: number): Promise<DirectoryPlace> {
  const locator = await readAt(handle, Math.max(0, before - 20), 20);
  const at = Number(locator.length < 20 ? 0n : locator.readBigUInt64LE(8));
  const record = await readAt(handle, Math.min(at, before), 56);
  const isIntact =
    locator.toString('latin1', 0, 4) === 'PK\x06\x07' &&
    record.toString('latin1', 0, 4) === 'PK\x06\x06' &&
    record.length === 56;
  if (!isIntact) throw new Error('its ZIP64 end is damaged');
  return {
    at,
    count: Number(record.readBigUInt64LE(32)),
    bytes: Number(record.readBigUInt64LE(40)),
    start: Number(record.readBigUInt64LE(48)),
  };
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** The same record batches; errors that name the temporary file at `path` name what it is a copy of. */
export async function* nameInErrors(source: Source, path: string, name: string): Source {
  try {
    yield* source;
  } catch (error) {
    throw nameInError(error, path, name);
  }
}

/** The error, naming what the temporary file at `path` is a copy of. */
export function nameInError(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof ToeditError)) return error;
  const { file } = error.place;
  const isOfCopy = file === path || file?.startsWith(`${path}/`) === true;
  const place = { ...error.place, file: isOfCopy ? name + file.slice(path.length) : file };
  return new ToeditError(
    error.code,
    error.message.replaceAll(path, () => name),
    {
      place,
      cause: error.cause,
    },
  );
}
