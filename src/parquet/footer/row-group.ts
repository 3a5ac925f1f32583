import { damagedFile, NotRead } from '../../errors.ts';
import type { ChunkPlace } from './column-chunk.ts';
import { encrypted, type FileMetadata, inFooter } from './file-metadata.ts';
import type { SchemaLeaf } from './schema-leaves.ts';
import {
  binaryIn,
  countIn,
  eachStructIn,
  fieldOf,
  integerIn,
  requireCount,
  structIn,
  type ThriftStruct,
} from './thrift-struct.ts';

/** Bytes of the file. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

/** A column chunk, by its entry in the footer. */
export interface ColumnChunk extends ChunkPlace {
  readonly leaf: SchemaLeaf;
  /** Where ColumnChunk of parquet.thrift begins in the footer: of a million columns, the structs cannot be kept. */
  readonly entry: number;
  readonly uncompressedBytes: number;
  /** Without a length where the footer does not state it: then its own header does. */
  readonly bloomFilter: { readonly start: number; readonly length: number | undefined } | undefined;
  readonly columnIndex: Extent | undefined;
  readonly offsetIndex: Extent | undefined;
}

/** A row group, by its entry in the footer. */
export interface RowGroup {
  readonly struct: ThriftStruct;
  readonly rows: number;
  /** One a leaf of the schema. */
  readonly chunks: readonly ColumnChunk[];
}

/**
 * Reads the entry of a row group. RowGroup: 1 is columns, 3 num_rows.
 *
 * @throws ToeditError `UNSUPPORTED` where a column is encrypted or lies in another file; `FILE_CORRUPT`, also where a part lies
 * outside this one.
 */
export function rowGroupOf(
  file: FileMetadata,
  leaves: readonly SchemaLeaf[],
  index: number,
): RowGroup {
  const struct = file.rowGroups[index];
  const place = { file: file.path, rowGroup: index };
  if (struct === undefined) throw damagedFile(place, 'the footer does not state it');
  return inFooter(place, () => {
    const chunks: ColumnChunk[] = [];
    for (const entry of eachStructIn(struct, 1)) {
      const leaf = leaves[chunks.length];
      if (leaf === undefined) throw new Error(`more than ${leaves.length} columns`);
      // ColumnChunk: 8 is crypto_metadata, 9 encrypted_column_metadata.
      if (fieldOf(entry, 8) ?? fieldOf(entry, 9)) throw encrypted(file.path, [leaf.path.join('.')]);
      chunks.push(chunkOf(file, leaf, entry));
    }
    if (chunks.length < leaves.length) {
      throw new Error(`${chunks.length} columns instead of ${leaves.length}`);
    }
    return { struct, rows: requireCount(struct, 3), chunks };
  });
}

/**
 * ColumnChunk: 1 is file_path, 3 meta_data, 4 to 7 the places of the offset and the column index. ColumnMetaData: 1 is
 * type, 4 codec, 5 num_values, 6 and 7 the uncompressed and compressed size, 9 and 11 the first byte of the data and the
 * dictionary, 14 and 15 the bloom filter's place.
 */
function chunkOf(file: FileMetadata, leaf: SchemaLeaf, struct: ThriftStruct): ColumnChunk {
  requireSameFile(leaf, binaryIn(struct, 1));
  const metadata = structIn(struct, 3);
  if (metadata === undefined) throw new Error('a column has no metadata');
  const pages = { start: firstPage(metadata), length: requireCount(metadata, 7) };
  if (pages.length > 0) within(file, pages);
  const bloomFilter = countIn(metadata, 14);
  const bloomFilterBytes = countIn(metadata, 15);
  return {
    leaf,
    entry: struct.start,
    codec: requireCount(metadata, 4),
    values: requireCount(metadata, 5),
    uncompressedBytes: requireCount(metadata, 6),
    start: pages.start,
    length: pages.length,
    maxPageBytes: file.maxPageBytes,
    // A place of 0 is how some writers say that there is none.
    bloomFilter: bloomFilter ? bloomAt(file, bloomFilter, bloomFilterBytes) : undefined,
    offsetIndex: extentIn(file, struct, 4),
    columnIndex: extentIn(file, struct, 6),
  };
}

/** Some writers state an empty path. */
function requireSameFile({ path }: SchemaLeaf, filePath: Uint8Array = new Uint8Array(0)): void {
  if (filePath.length === 0) return;
  const [column, other] = [path.join('.'), Buffer.from(filePath).toString('utf8')];
  throw new NotRead(
    `the data of its column ${JSON.stringify(column)} lies in another file, ${JSON.stringify(other)}, which toedit does not follow; take the files that its footer points to, or write it again as one file`,
  );
}

function firstPage(metadata: ThriftStruct): number {
  const data = requireCount(metadata, 9);
  // Some writers say 0 for what is not there: no dictionary, or, in a row group without rows, no data.
  const dictionary = integerIn(metadata, 11) ?? 0;
  return dictionary > 0 && (dictionary < data || data === 0) ? dictionary : data;
}

function bloomAt(
  file: FileMetadata,
  start: number,
  length: number | undefined,
): ColumnChunk['bloomFilter'] {
  within(file, { start, length: length ?? 0 });
  return { start, length };
}

function extentIn(file: FileMetadata, struct: ThriftStruct, id: number): Extent | undefined {
  const start = countIn(struct, id);
  const length = countIn(struct, id + 1);
  if (!start || !length) return undefined;
  return within(file, { start, length });
}

/** The first 4 bytes are the file's mark. */
function within(file: FileMetadata, extent: Extent): Extent {
  const { start, length } = extent;
  if (start >= 4 && start + length <= file.place.start) return extent;
  throw new Error(`bytes ${start} to ${start + length} lie outside the data`);
}
