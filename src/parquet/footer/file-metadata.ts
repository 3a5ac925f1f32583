import type { FileHandle } from 'node:fs/promises';
import {
  damagedFile,
  NotRead,
  type Place,
  reasonOf,
  ToeditError,
  unsupportedFile,
} from '../../errors.ts';
import { openRegular } from '../../files/open-regular.ts';
import { fileUnreadable, readBytes } from '../../files/read-bytes.ts';
import { type SchemaLeaf, schemaLeaves } from './schema-leaves.ts';
import {
  fieldOf,
  readStruct,
  requireCount,
  structIn,
  structsIn,
  type ThriftStruct,
} from './thrift-struct.ts';

/** Larger than any footer known; a damaged length must not cost more memory. */
const maxFooterBytes = 512 * 2 ** 20;

/** The footer of a Parquet file, of which only the upper levels have been looked at. */
export interface FileMetadata {
  readonly path: string;
  /** Where it lies in the file. */
  readonly place: FooterPlace;
  /** FileMetaData of parquet.thrift. */
  readonly struct: ThriftStruct;
  readonly rows: number;
  /** RowGroup of parquet.thrift: {@link rowGroupOf} reads on. */
  readonly rowGroups: readonly ThriftStruct[];
  /** Of the pages that are decoded, once they are decompressed. @defaultValue no bound */
  readonly maxPageBytes?: number | undefined;
}

/**
 * Reads the footer of a Parquet file. FileMetaData: 3 is num_rows, 4 row_groups, 8 encryption_algorithm.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `UNSUPPORTED` where the file is encrypted, or `FILE_CORRUPT`, also where
 * the footer has over 512 MiB.
 */
export async function readFileMetadata(path: string): Promise<FileMetadata> {
  const place = await checkParquetEnds(path);
  if (place.length > maxFooterBytes) {
    throw damagedFile({ file: path }, `its footer has ${place.length} bytes, over 512 MiB`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBytes(path, place)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return inFooter({ file: path }, () => {
    const struct = readStruct(bytes);
    if (structIn(struct, 8) !== undefined) throw encrypted(path, encryptedColumns(struct));
    if (fieldOf(struct, 3) === undefined || fieldOf(struct, 4) === undefined) {
      throw new Error('it does not state its rows');
    }
    return { path, place, struct, rows: requireCount(struct, 3), rowGroups: structsIn(struct, 4) };
  });
}

/** Those of the first row group that say so. RowGroup: 1 is columns; ColumnChunk: 8 is crypto_metadata. */
function encryptedColumns(footer: ThriftStruct): string[] {
  const [group] = structsIn(footer, 4);
  const chunks = group === undefined ? [] : structsIn(group, 1);
  const leaves = schemaLeaves(structsIn(footer, 2));
  return chunks.flatMap((chunk, index) =>
    structIn(chunk, 8) === undefined ? [] : (leaves[index]?.path.join('.') ?? []),
  );
}

/**
 * The columns of the file, in the order of a row group's chunks.
 *
 * @throws ToeditError `FILE_CORRUPT`
 */
export function leavesOf({ path, struct }: FileMetadata): SchemaLeaf[] {
  return inFooter({ file: path }, () => schemaLeaves(structsIn(struct, 2)));
}

/** A part of the footer is looked at: an error of its bytes is the file's damage. */
export function inFooter<T>(place: Place, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ToeditError) throw cause;
    if (cause instanceof NotRead) throw unsupportedFile({ file: place.file }, cause);
    throw damagedFile(place, `its footer cannot be read (${reasonOf(cause)})`, cause);
  }
}

/**
 * The file is sound, but encrypted.
 *
 * @param columns - those that are, where not all of it is.
 */
export function encrypted(file: string, columns: readonly string[] = []): ToeditError {
  const names = columns.map((name) => JSON.stringify(name)).join(', ');
  const some = columns.length === 1 ? `column ${names} is` : `columns ${names} are`;
  const what = columns.length === 0 ? 'it is' : some;
  const problem = `${what} encrypted, which toedit cannot read; decrypt the file or leave it out`;
  return unsupportedFile({ file }, new NotRead(problem));
}

const magic = 'PAR1';
/** Where the footer of a Parquet file lies: its first byte, and how many it has. */
export interface FooterPlace {
  readonly start: number;
  readonly length: number;
}

/** Magic, footer length, magic: what the smallest file has. */
const smallest = 12;

/**
 * Checks what can be checked of a Parquet file without decoding it: so that the error can say what is wrong.
 *
 * @returns where its footer lies, in bytes.
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN` (it never was Parquet), `UNSUPPORTED` (it is encrypted) or
 * `FILE_CORRUPT`.
 */
export async function checkParquetEnds(path: string): Promise<FooterPlace> {
  const { size, start, end, footerBytes } = await readEnds(path);
  const damaged = (what: string) => damagedFile({ file: path }, what);
  if (size === 0) throw damaged('it is empty (0 bytes)');
  if (start === 'PARE' && end === 'PARE') throw encrypted(path);
  if (start !== magic && start !== 'PARE') {
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
    const handle = await openRegular(path);
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
