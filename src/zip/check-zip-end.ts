import type { FileHandle } from 'node:fs/promises';

/**
 * Checks the records at the end of a ZIP archive (APPNOTE 4.3.14 to 4.3.16): that they are there, and that the directory
 * they point to lies before them. node-stream-zip follows damaged ones into errors that nobody can catch.
 *
 * @returns how many members there are.
 * @throws Error saying what is wrong.
 */
export async function checkZipEnd(handle: FileHandle): Promise<number> {
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
  /** Where the record that tells of it begins. */
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
