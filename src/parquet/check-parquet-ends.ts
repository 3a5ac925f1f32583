import { type FileHandle, open } from 'node:fs/promises';
import { ToeditError } from '../errors.ts';
import { damagedFile } from '../files/damaged-file.ts';
import { fileUnreadable } from '../files/file-unreadable.ts';

const magic = 'PAR1';
/** Where the footer of a Parquet file lies: its first byte, and how many it has. */
export interface FooterPlace {
  readonly start: number;
  readonly length: number;
}

/** Magic, footer length, magic: what the smallest file has. */
const smallest = 12;

/**
 * Checks what can be told of a Parquet file without decoding it: so that the error can say what is wrong.
 *
 * @returns where its footer lies, in bytes.
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN` (it never was Parquet) or `FILE_CORRUPT`.
 */
export async function checkParquetEnds(path: string): Promise<FooterPlace> {
  const { size, start, end, footerBytes } = await readEnds(path);
  const damaged = (what: string) => damagedFile({ file: path }, what);
  if (size === 0) throw damaged('it is empty (0 bytes)');
  if (start === 'PARE' || end === 'PARE') {
    throw damaged('its footer is encrypted, which toedit cannot read');
  }
  if (start !== magic) {
    throw new ToeditError(
      'FORMAT_UNKNOWN',
      `${path} is not a Parquet file: it begins with ${JSON.stringify(start)}, not "PAR1"; leave it out`,
      { place: { file: path } },
    );
  }
  if (end !== magic) throw damaged('it is cut short: it does not end with its footer');
  if (size < smallest) throw damaged(`it has no footer (${size} bytes)`);
  if (footerBytes + smallest > size) {
    throw damaged(`its footer claims ${footerBytes} of the file's ${size} bytes`);
  }
  return { start: size - 8 - footerBytes, length: footerBytes };
}

interface Ends {
  readonly size: number;
  readonly start: string;
  readonly end: string;
  readonly footerBytes: number;
}

async function readEnds(path: string): Promise<Ends> {
  try {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const first = await readAt(handle, 0, Math.min(4, size));
      const last = await readAt(handle, Math.max(0, size - 8), Math.min(8, size));
      const footerBytes = last.length === 8 ? last.readUInt32LE(0) : 0;
      const end = last.subarray(-4).toString('latin1');
      return { size, start: first.toString('latin1'), end, footerBytes };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw fileUnreadable(path, cause);
  }
}

async function readAt(handle: FileHandle, position: number, size: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, position);
  return buffer.subarray(0, bytesRead);
}
