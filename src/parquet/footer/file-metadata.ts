import { messageOf, type Place, ToeditError } from '../../errors.ts';
import { corruptFile, damagedFile } from '../../files/damaged-file.ts';
import { readBytes } from '../../files/read-bytes.ts';
import { checkParquetEnds, type FooterPlace } from '../check-parquet-ends.ts';
import { type SchemaLeaf, schemaLeaves } from './schema-leaves.ts';
import {
  fieldOf,
  readStruct,
  requireCount,
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
}

/**
 * Reads the footer of a Parquet file. FileMetaData: 3 is num_rows, 4 row_groups, 8 encryption_algorithm.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, or `FILE_CORRUPT`, also where the file is encrypted or the
 * footer has over 512 MiB.
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
    if (fieldOf(struct, 8) !== undefined) throw encrypted({ file: path });
    if (fieldOf(struct, 3) === undefined || fieldOf(struct, 4) === undefined) {
      throw new Error('it does not state its rows');
    }
    return { path, place, struct, rows: requireCount(struct, 3), rowGroups: structsIn(struct, 4) };
  });
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
    throw damagedFile(place, `its footer cannot be read (${messageOf(cause)})`, cause);
  }
}

/** The file cannot be read, though it may be whole. */
export function encrypted(place: Place): ToeditError {
  const problem = ' cannot be read: it is encrypted, which toedit cannot read';
  return corruptFile(place, `${problem}; decrypt it or leave it out`);
}
