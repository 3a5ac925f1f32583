import type { Extent } from '../footer/row-group.ts';
import {
  fieldOf,
  integerIn,
  readStruct,
  structIn,
  type ThriftStruct,
} from '../footer/thrift-struct.ts';
import {
  binaryList,
  binaryValue,
  boolValue,
  type FieldValue,
  i32List,
  i32Value,
  i64Value,
  newStruct,
  structList,
  structValue,
  writeStruct,
} from '../footer/write-thrift.ts';
import type { WrittenChunk } from './chunk-writer.ts';

/** Encoding of parquet.thrift. */
const encodings = { plain: 0, runs: 3 } as const;

/** Where the page index of a chunk comes to lie. */
export interface IndexPlaces {
  readonly columnIndex: Extent | undefined;
  readonly offsetIndex: Extent | undefined;
}

/** A chunk that was written in place of an old one. */
export interface ReplacedChunk extends IndexPlaces {
  readonly written: WrittenChunk;
  /** True where rows were left out: then nothing that was counted over the old ones holds. */
  readonly isCut: boolean;
}

/**
 * The footer's entry of a chunk that was written in place of an old one. ColumnChunk: 2 is file_offset, 3 meta_data, 4 to 7
 * the places of the page index.
 *
 * @throws Error where the old entry is damaged.
 */
export function replacedEntry(footer: Uint8Array, entry: number, chunk: ReplacedChunk): Uint8Array {
  const old = readStruct(footer, entry);
  const metadata = structIn(old, 3);
  if (metadata === undefined) throw new Error('a column has no metadata');
  return writeStruct(
    old,
    new Map<number, FieldValue | null>([
      [2, i64Value(fileOffset(integerIn(old, 2) ?? 0, metadata, chunk.written))],
      [3, structValue(replacedMetadata(metadata, chunk))],
      ...indexFields(chunk),
    ]),
  );
}

/** Deprecated, and 0 in most files. Some writers say where the chunk begins, or its data, others where either ends. */
function fileOffset(old: number, metadata: ThriftStruct, written: WrittenChunk): number {
  const starts = [integerIn(metadata, 9) ?? 0, integerIn(metadata, 11) ?? 0];
  const size = integerIn(metadata, 7) ?? 0;
  if (old === 0) return 0;
  if (starts.includes(old)) return written.start;
  return starts.includes(old - size) ? written.start + written.compressedBytes : 0;
}

function indexFields({ offsetIndex, columnIndex }: IndexPlaces): [number, FieldValue | null][] {
  return [
    [4, offsetIndex === undefined ? null : i64Value(offsetIndex.start)],
    [5, offsetIndex === undefined ? null : i32Value(offsetIndex.length)],
    [6, columnIndex === undefined ? null : i64Value(columnIndex.start)],
    [7, columnIndex === undefined ? null : i32Value(columnIndex.length)],
  ];
}

/**
 * ColumnMetaData: 2 is encodings, 5 num_values, 6 and 7 the sizes, 9 to 11 the places of pages, 12 statistics,
 * 13 encoding_stats, 14 and 15 the bloom filter, 16 size_statistics, 17 geospatial_statistics.
 */
function replacedMetadata(old: ThriftStruct, { written, isCut }: ReplacedChunk): Uint8Array {
  const sizes = isCut ? undefined : structIn(old, 16);
  return writeStruct(
    old,
    new Map<number, FieldValue | null>([
      ...sizeFields(written),
      [10, null],
      [11, null],
      [12, statisticsOf(structIn(old, 12), written, isCut)],
      [13, fieldOf(old, 13) === undefined ? null : encodingStats(written)],
      [14, null],
      [15, null],
      [16, sizes === undefined ? null : structValue(sizeStatistics(sizes, written))],
      ...(isCut ? ([[17, null]] as const) : []),
    ]),
  );
}

function sizeFields(written: WrittenChunk): [number, FieldValue][] {
  return [
    [2, i32List([encodings.plain, encodings.runs])],
    [5, i64Value(written.entries)],
    [6, i64Value(written.uncompressedBytes)],
    [7, i64Value(written.compressedBytes)],
    [9, i64Value(written.start)],
  ];
}

/**
 * Statistics: 1 and 2 are the deprecated bounds, in an order that no one agrees on, 3 null_count, 5 and 6 max_value and
 * min_value, 7 and 8 whether these are exact. Only what the old ones said is said again.
 */
function statisticsOf(
  old: ThriftStruct | undefined,
  { bounds, nulls }: WrittenChunk,
  isCut: boolean,
): FieldValue | null {
  if (old === undefined) return null;
  const nullCount: [number, FieldValue | null] = [
    3,
    fieldOf(old, 3) === undefined ? null : i64Value(nulls),
  ];
  const hadBounds = (fieldOf(old, 5) ?? fieldOf(old, 6)) !== undefined;
  if (!hadBounds || bounds === undefined || isCut) return structValue(newStruct([nullCount]));
  const isNewer = (fieldOf(old, 7) ?? fieldOf(old, 8)) !== undefined;
  const exact = (isExact: boolean): FieldValue | null =>
    isNewer || !isExact ? boolValue(isExact) : null;
  return structValue(
    newStruct([
      nullCount,
      [5, binaryValue(bounds.max)],
      [6, binaryValue(bounds.min)],
      [7, exact(bounds.isMaxExact)],
      [8, exact(bounds.isMinExact)],
    ]),
  );
}

/** PageEncodingStats: 1 is page_type (0: data, 3: data v2), 2 encoding, 3 count. */
function encodingStats({ style, pages }: WrittenChunk): FieldValue {
  const all = newStruct([
    [1, i32Value(style.version === 1 ? 0 : 3)],
    [2, i32Value(encodings.plain)],
    [3, i32Value(pages.length)],
  ]);
  return structList([all]);
}

/** SizeStatistics: 1 is unencoded_byte_array_data_bytes; the levels, which the others count, are the old ones. */
function sizeStatistics(old: ThriftStruct, { valueBytes }: WrittenChunk): Uint8Array {
  const isKnown = fieldOf(old, 1) !== undefined;
  return writeStruct(old, new Map(isKnown ? [[1, i64Value(valueBytes)]] : []));
}

/** A column that the file did not have. */
export interface AddedChunk {
  readonly written: WrittenChunk;
  /** Type of parquet.thrift. */
  readonly type: number;
  readonly codec: number;
  readonly path: readonly string[];
}

/** The footer's entry of an added column's chunk. */
export function addedEntry({ written, type, codec, path }: AddedChunk): Uint8Array {
  const metadata = newStruct([
    [1, i32Value(type)],
    ...sizeFields(written),
    [3, binaryList(path.map((name) => Buffer.from(name)))],
    [4, i32Value(codec)],
    [12, structValue(newStruct([[3, i64Value(written.nulls)]]))],
  ]);
  return newStruct([
    [2, i64Value(0)],
    [3, structValue(metadata)],
  ]);
}
