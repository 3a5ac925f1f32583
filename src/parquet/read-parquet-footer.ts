import { ToeditError } from '../errors.ts';
import { readBytes } from '../files/read-bytes.ts';
import { checkParquetEnds, type FooterPlace } from './check-parquet-ends.ts';
import type { ParquetCompression, ParquetInfo, RowGroupInfo } from './parquet-info.ts';
import {
  readField,
  readListHeader,
  readZigzag,
  skipValue,
  type ThriftCursor,
  type ThriftField,
  thriftTypes,
} from './thrift-cursor.ts';

/** Larger footers exist of files with many thousand columns; they are left to the Parquet library. */
const maxFooterBytes = 64 * 2 ** 20;

/** What can be told without the Parquet library. */
export type ParquetFooter = Pick<ParquetInfo, 'rows' | 'rowGroups' | 'compression'>;

/**
 * Reads the rows of a Parquet file and of its row groups, and its codec, from its footer, without the Parquet library: of
 * ten thousand files this takes seconds. The schema, and with it whether the pages can be decoded, is not looked at.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, or `FILE_CORRUPT`, also where the footer has over 64 MiB.
 */
export async function readParquetFooter(path: string): Promise<ParquetFooter> {
  const place = await checkParquetEnds(path);
  if (place.length > maxFooterBytes) {
    throw unreadable(path, `it has ${place.length} bytes, over 64 MiB`);
  }
  const bytes = await readAll(path, place);
  try {
    return readFileMetadata({ bytes, at: 0 });
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

async function readAll(path: string, place: FooterPlace): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBytes(path, place)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** FileMetaData: 3 is num_rows, 4 row_groups. */
function readFileMetadata(cursor: ThriftCursor): ParquetFooter {
  let rows: number | undefined;
  let rowGroups: RowGroup[] | undefined;
  readStruct(cursor, (field) => {
    if (field.id === 3) rows = readCount(cursor, field);
    else if (field.id === 4) rowGroups = readRowGroups(cursor, field);
    else skipValue(cursor, field.kind);
  });
  if (rows === undefined || rowGroups === undefined) throw new Error('it does not state its rows');
  const codec = rowGroups[0]?.codec;
  return {
    rows,
    rowGroups: rowGroups.map(({ rows: each, bytes }) => ({ rows: each, bytes })),
    compression: codec === undefined ? 'none' : codecs[codec],
  };
}

/** CompressionCodec of parquet.thrift; 3 is LZO, 5 the legacy LZ4. */
const codecs: readonly (ParquetCompression | undefined)[] = [
  'none',
  'snappy',
  'gzip',
  undefined,
  'brotli',
  'lz4',
  'zstd',
  'lz4',
];

interface RowGroup extends RowGroupInfo {
  /** Of its first column; undefined where it has none. */
  readonly codec: number | undefined;
}

function readRowGroups(cursor: ThriftCursor, field: ThriftField): RowGroup[] {
  return readStructs(cursor, field, readRowGroup);
}

function readStructs<T>(
  cursor: ThriftCursor,
  { id, kind }: ThriftField,
  read: (cursor: ThriftCursor) => T,
): T[] {
  if (kind !== thriftTypes.list) throw new Error(`field ${id} is no list`);
  const list = readListHeader(cursor);
  if (list.length > 0 && list.kind !== thriftTypes.struct) {
    throw new Error(`field ${id} holds no structs`);
  }
  const items: T[] = [];
  for (let i = 0; i < list.length; i++) items.push(read(cursor));
  return items;
}

/** RowGroup: 1 is columns, 2 total_byte_size, 3 num_rows. */
function readRowGroup(cursor: ThriftCursor): RowGroup {
  let rows: number | undefined;
  let bytes: number | undefined;
  let codec: number | undefined;
  readStruct(cursor, (field) => {
    if (field.id === 1) [codec] = readStructs(cursor, field, readColumnCodec);
    else if (field.id === 2) bytes = readCount(cursor, field);
    else if (field.id === 3) rows = readCount(cursor, field);
    else skipValue(cursor, field.kind);
  });
  if (rows === undefined || bytes === undefined) {
    throw new Error('a row group does not state its rows');
  }
  return { rows, bytes, codec };
}

/** ColumnChunk: 3 is meta_data, of which 4 is codec, a zigzag number as all integers are. */
function readColumnCodec(cursor: ThriftCursor): number | undefined {
  let codec: number | undefined;
  readStruct(cursor, (field) => {
    if (field.id !== 3 || field.kind !== thriftTypes.struct) skipValue(cursor, field.kind);
    else {
      readStruct(cursor, (inner) => {
        if (inner.id === 4 && inner.kind === thriftTypes.i32) codec = readZigzag(cursor);
        else skipValue(cursor, inner.kind);
      });
    }
  });
  return codec;
}

function readStruct(cursor: ThriftCursor, read: (field: ThriftField) => void): void {
  for (let field = readField(cursor, 0); field !== null; field = readField(cursor, field.id)) {
    read(field);
  }
}

function readCount(cursor: ThriftCursor, { id, kind }: ThriftField): number {
  if (kind !== thriftTypes.i64) throw new Error(`field ${id} is no i64`);
  const count = readZigzag(cursor);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`field ${id} is no count: ${count}`);
}

function unreadable(path: string, reason: string, cause?: unknown): ToeditError {
  return new ToeditError(
    'FILE_CORRUPT',
    `${path} is damaged: its footer cannot be read (${reason}); fetch the file again or leave it out`,
    { place: { file: path }, cause },
  );
}
