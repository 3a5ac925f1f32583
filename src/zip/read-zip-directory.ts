import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import StreamZip from 'node-stream-zip';
import { messageOf } from '../errors.ts';
import { corruptFile } from '../files/damaged-file.ts';
import { fileUnreadable } from '../files/file-unreadable.ts';
import { checkZipEnd } from './check-zip-end.ts';

/** A member of a ZIP archive, as the archive's directory describes it. */
export interface ZipEntry {
  readonly name: string;
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
 * @throws ToeditError `FILE_CORRUPT` where the directory is damaged or cut off, where a name leaves the archive
 * (`../x`, `/x`, `C:x`, `a\b`) or is there twice; `FILE_UNREADABLE`.
 */
export async function readZipDirectory(path: string): Promise<ZipEntry[]> {
  const handle = await open(path).catch((error: unknown) => {
    throw fileUnreadable(path, error);
  });
  try {
    const count = await checkZipEnd(handle);
    const entries = await readEntries(handle);
    if (entries.length !== count) throw new Error('its directory is damaged');
    return inOrder(entries.filter((entry) => !isDirectory(entry)));
  } catch (error) {
    const problem = `cannot be read as a ZIP archive: ${messageOf(error)}`;
    throw corruptFile({ file: path }, `: ${problem}; fetch or write the archive again`, error);
  } finally {
    await handle.close();
  }
}

function isDirectory({ name, size }: ZipEntry): boolean {
  if (!name.endsWith('/')) return false;
  if (size > 0) throw new Error(`the directory ${name} has content`);
  return true;
}

async function readEntries(handle: FileHandle): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  // Given the descriptor, node-stream-zip leaves closing it to us: by itself it keeps that of a damaged archive open.
  const zip = new StreamZip({ fd: handle.fd, storeEntries: false });
  zip.on('entry', ({ name, offset, compressedSize, size, crc, method, encrypted }) => {
    entries.push({ name, offset, compressedSize, size, crc, method, encrypted });
  });
  // An error after the first has nobody else to hear it.
  zip.on('error', () => undefined);
  await once(zip as unknown as NodeJS.EventEmitter, 'ready');
  return entries;
}

function inOrder(entries: readonly ZipEntry[]): ZipEntry[] {
  const sorted = entries.toSorted((one, other) =>
    Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)),
  );
  const twice = sorted.find((entry, index) => entry.name === sorted[index + 1]?.name);
  if (twice !== undefined) throw new Error(`two members are named ${twice.name}`);
  return sorted;
}
