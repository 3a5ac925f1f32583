import { type FileMetadata, inFooter, readFileMetadata } from './footer/file-metadata.ts';
import {
  fieldOf,
  integerIn,
  requireCount,
  structIn,
  structsIn,
  type ThriftStruct,
} from './footer/thrift-struct.ts';
import type { ParquetCompression, ParquetInfo, RowGroupInfo } from './worker/parquet-messages.ts';

/** What can be known without the Parquet library. */
export type ParquetFooter = Pick<ParquetInfo, 'rows' | 'rowGroups' | 'compression'>;

/**
 * Reads the rows of a Parquet file and of its row groups, and its codec, from its footer, without the Parquet library: of
 * ten thousand files this takes seconds. The schema, and with it whether the pages can be decoded, is not looked at.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `UNSUPPORTED` where the file is encrypted, or `FILE_CORRUPT`, also where
 * the footer has over 512 MiB.
 */
export async function readParquetFooter(path: string): Promise<ParquetFooter> {
  return parquetFooter(await readFileMetadata(path));
}

/**
 * The same of a footer that was read before.
 *
 * @throws ToeditError `FILE_CORRUPT`
 */
export function parquetFooter({ path, rows, rowGroups }: FileMetadata): ParquetFooter {
  return inFooter({ file: path }, () => ({
    rows,
    rowGroups: rowGroups.map(rowsAndBytes),
    compression: compressionOf(rowGroups[0]),
  }));
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

/** RowGroup: 2 is total_byte_size, 3 num_rows. */
function rowsAndBytes(rowGroup: ThriftStruct): RowGroupInfo {
  if (fieldOf(rowGroup, 2) === undefined || fieldOf(rowGroup, 3) === undefined) {
    throw new Error('a row group does not state its rows');
  }
  return { rows: requireCount(rowGroup, 3), bytes: requireCount(rowGroup, 2) };
}

/** Of the first column. RowGroup: 1 is columns; ColumnChunk: 3 is meta_data; ColumnMetaData: 4 is codec. */
function compressionOf(rowGroup: ThriftStruct | undefined): ParquetCompression | undefined {
  const column = rowGroup === undefined ? undefined : structsIn(rowGroup, 1)[0];
  const metadata = column === undefined ? undefined : structIn(column, 3);
  const codec = metadata === undefined ? undefined : integerIn(metadata, 4);
  return codec === undefined ? 'none' : codecs[codec];
}
