/** How a Parquet file is to be written. */
export interface ParquetLayout {
  readonly compression: ParquetCompression;
  /** Rows a row group has at most. */
  readonly rowGroupRows: number;
  /** Bytes of compressed pages at which a row group ends. */
  readonly rowGroupBytes: number;
  /** `legacy`: format version 1 without dictionaries, for old readers. */
  readonly profile: 'standard' | 'legacy';
  readonly metadata: ReadonlyMap<string, string>;
}

/** Which row group to decode, and how. */
export interface RowGroupQuestion {
  readonly index: number;
  readonly rows: number;
  readonly batchRows: number;
  readonly partRows: number | undefined;
}

/** What the worker is asked, and what it answers to each; one question at a time. */
export interface ParquetCalls {
  /** Opens a file to read; answers with its footer and an Arrow IPC stream of its schema alone. */
  open: {
    readonly question: { readonly path: string };
    readonly answer: { readonly info: ParquetInfo; readonly schema: Uint8Array };
  };
  /**
   * Begins to decode a row group of the open file, which has so many rows: `partRows` at once, for which its bytes are read
   * each time, or all.
   */
  startRowGroup: {
    readonly question: RowGroupQuestion;
    readonly answer: null;
  };
  /** Answers with the next record batch of the row group as an Arrow IPC stream; null at its end. */
  nextBatch: { readonly question: null; readonly answer: Uint8Array | null };
  /** Begins to write a file. */
  create: {
    readonly question: { readonly path: string; readonly layout: ParquetLayout };
    readonly answer: null;
  };
  /** Adds a record batch, as an Arrow IPC stream; answers once the next one is wanted. */
  write: { readonly question: { readonly batch: Uint8Array }; readonly answer: null };
  /** Ends the file and reads its footer again. */
  finish: {
    readonly question: null;
    readonly answer: { readonly bytes: number; readonly info: ParquetInfo };
  };
  /** Closes the file; answers whether all of it was done that was begun, and with the bytes of WebAssembly's memory. */
  close: {
    readonly question: null;
    readonly answer: { readonly isDone: boolean; readonly memoryBytes: number };
  };
}

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
