/** How a Parquet file's pages are compressed; `lz4` is LZ4_RAW. */
export const parquetCompressions = ['none', 'snappy', 'gzip', 'brotli', 'lz4', 'zstd'] as const;

/** One of {@link parquetCompressions}. */
export type ParquetCompression = (typeof parquetCompressions)[number];

/** What the footer of a Parquet file says of one row group. */
export interface RowGroupInfo {
  readonly rows: number;
  /** Bytes of its pages before compression. */
  readonly bytes: number;
}

/** What the footer of a Parquet file says. */
export interface ParquetInfo {
  readonly rows: number;
  readonly rowGroups: readonly RowGroupInfo[];
  /**
   * The codec of the first column chunk, `none` where there is none. The legacy LZ4 codec reads as `lz4`; undefined for
   * a codec that toedit cannot write.
   */
  readonly compression: ParquetCompression | undefined;
  /** 1 or 2: the footer's version field. */
  readonly version: number;
  readonly createdBy: string | undefined;
}
