/**
 * The physical layer of Parquet's column chunks (parquet.thrift, Encodings.md), without Arrow and without logical types.
 *
 * - `rawPages(read, chunk)`: the pages of a chunk as they lie in the file, checked, one at a time: header, offset, bytes.
 * - `decodedPages(read, chunk)`: its data pages ({@link PageContent} with version, entries, rows), dictionaries resolved.
 * - `encodePage(leaf, codec, content, { version, withChecksum })`: one data page of PLAIN values, header and body.
 * - `byteArrayBounds(values, limitBytes)`: what statistics say of byte arrays.
 * - `pageCodecsReady()`: to be awaited once before pages are encoded; `decodedPages` awaits it itself.
 *
 * All of them throw plain Errors, which say what is wrong with a page in words that fit in "(…)"; the caller adds file,
 * column and row group.
 */

/** Type of parquet.thrift, by its number. */
export const physicalTypes = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;

/** One of {@link physicalTypes}. */
export type PhysicalType = (typeof physicalTypes)[number];

/** A column of the file: a leaf of its schema. */
export interface Leaf {
  /** Names from the root's child down to the leaf. */
  readonly path: readonly string[];
  readonly physicalType: PhysicalType;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY; 0 for every other type. */
  readonly typeLength: number;
  /** How many nodes of the path are optional or repeated; 0 to 255. */
  readonly maxDefinitionLevel: number;
  /** How many nodes of the path are repeated; 0 to 255. */
  readonly maxRepetitionLevel: number;
}

/** Where the pages of a column chunk lie, as its ColumnMetaData says. */
export interface ChunkPlace {
  readonly leaf: Leaf;
  /** CompressionCodec of parquet.thrift. */
  readonly codec: number;
  /** First byte of the first page in the file: of the dictionary page where there is one. */
  readonly start: number;
  /** Bytes of all pages with their headers (total_compressed_size). */
  readonly length: number;
  /** Entries of all data pages: values, nulls and empty lists (num_values). */
  readonly values: number;
  /** A page of more bytes, once decompressed, is not decoded. @defaultValue no bound */
  readonly maxPageBytes?: number | undefined;
}

/**
 * Reads exactly `length` bytes of the file from `position` on; rejects where the file ends before. The bytes belong to
 * the caller: the reader must not write them again.
 */
export type ReadAt = (position: number, length: number) => Promise<Uint8Array>;

/** The values of a page that are not null, in order, as PLAIN would write them. */
export type PageValues =
  | { readonly kind: 'byteArrays'; readonly items: readonly Uint8Array[] }
  | {
      readonly kind: 'fixed';
      /** Bytes of a value: 1 of a BOOLEAN (0 or 1), 4, 8, 12, or the type length. */
      readonly width: number;
      readonly count: number;
      /** `count` times `width` bytes, little-endian as in the file. */
      readonly bytes: Uint8Array;
    };

/** What a data page holds. */
export interface PageContent {
  /** One an entry; empty where the leaf's maximum is 0. */
  readonly repetitionLevels: Uint8Array;
  /** One an entry; empty where the leaf's maximum is 0. An entry whose level is below the maximum has no value. */
  readonly definitionLevels: Uint8Array;
  readonly values: PageValues;
}

/** Bytes of a value of the leaf; undefined of a BYTE_ARRAY. */
export function valueWidth({ physicalType, typeLength }: Leaf): number | undefined {
  switch (physicalType) {
    case 'BOOLEAN':
      return 1;
    case 'INT32':
    case 'FLOAT':
      return 4;
    case 'INT64':
    case 'DOUBLE':
      return 8;
    case 'INT96':
      return 12;
    case 'FIXED_LEN_BYTE_ARRAY':
      return typeLength;
    case 'BYTE_ARRAY':
      return undefined;
  }
}

/** How many values there are. */
export function valueCount(values: PageValues): number {
  return values.kind === 'fixed' ? values.count : values.items.length;
}
