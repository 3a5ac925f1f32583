import { open } from 'node:fs/promises';
import { Compression, ParquetFile, type RecordBatch } from 'parquet-wasm';
import { type FileBlob, fileBlob, type ReadFile } from './file-blob.ts';
import type { ParquetCompression, ParquetInfo } from './parquet-info.ts';
import { checksumsOf } from './verify-checksums.ts';
import { withoutPageIndex } from './without-page-index.ts';

/** A Parquet file that is open to read, within the worker. */
export interface ParquetFileReader {
  readonly info: ParquetInfo;
  /** An Arrow IPC stream of the schema, with its metadata. */
  schema(): Uint8Array;
  startRowGroup(index: number, batchRows: number): Promise<void>;
  /** An Arrow IPC stream of one record batch, which lacks the schema's metadata; undefined at the row group's end. */
  nextBatch(): Promise<Uint8Array | undefined>;
  /** False while a row group is begun that was not read to its end. */
  isAtEnd(): boolean;
  close(): Promise<void>;
}

/** What a reader tells of the file. */
export interface ReadEvents {
  /** The file system refuses to read: what parquet-wasm then does says nothing of it. */
  readonly onReadError: (error: unknown) => void;
  /** Bytes of the file were read. */
  readonly onProgress: () => void;
}

/**
 * Opens a Parquet file. A damaged file may reject, or kill the thread: parquet-wasm panics outside its promises.
 */
export async function openParquetFile(
  path: string,
  { onReadError, onProgress }: ReadEvents,
): Promise<ParquetFileReader> {
  const handle = await open(path);
  const readFile: ReadFile = async (bytes, place) => {
    try {
      const result = await handle.read(bytes, place);
      onProgress();
      return result;
    } catch (error) {
      onReadError(error);
      throw error;
    }
  };
  const file = await handle
    .stat()
    .then(({ size }) => parse(readFile, size))
    .catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
  const verify = checksumsOf(path, readFile);
  let batches: ReadableStreamDefaultReader<RecordBatch> | undefined;
  return {
    info: infoOf(file),
    schema: () => file.schema().intoIPCStream(),
    startRowGroup: async (index, batchRows) => {
      await verify(index);
      const stream = await file.stream({ rowGroups: [index], batchSize: batchRows });
      batches = stream.getReader() as ReadableStreamDefaultReader<RecordBatch>;
    },
    nextBatch: async () => {
      const next = await batches?.read();
      if (next?.done === true) batches = undefined;
      return next?.value?.intoIPCStream();
    },
    isAtEnd: () => batches === undefined,
    close: async () => {
      // Under a stream that is not at its end it is borrowed.
      if (batches === undefined) file.free();
      await handle.close();
    },
  };
}

async function parse(readFile: ReadFile, size: number): Promise<ParquetFile> {
  const parseBlob = (blob: FileBlob) => ParquetFile.fromFile(blob as unknown as Blob);
  try {
    return await parseBlob(fileBlob(readFile, size));
  } catch (error) {
    // Thrift's words for a page index that cannot be decoded; the footer has other ones.
    if (!/null_pages|ColumnIndex|OffsetIndex|page index/i.test(String(error))) throw error;
    return await parseBlob(await withoutPageIndex(readFile, size));
  }
}

function infoOf(file: ParquetFile): ParquetInfo {
  const metadata = file.metadata();
  const footer = metadata.fileMetadata();
  const groups = metadata.rowGroups();
  const [first] = groups;
  const chunk = first !== undefined && first.numColumns() > 0 ? first.column(0) : undefined;
  return {
    rows: footer.numRows(),
    rowGroups: groups.map((group) => ({ rows: group.numRows(), bytes: group.totalByteSize() })),
    compression: chunk === undefined ? 'none' : compressionNames.get(chunk.compression()),
    version: footer.version(),
    createdBy: footer.createdBy(),
  };
}

const compressionNames: ReadonlyMap<number, ParquetCompression> = new Map<
  number,
  ParquetCompression
>([
  [Compression.UNCOMPRESSED, 'none'],
  [Compression.SNAPPY, 'snappy'],
  [Compression.GZIP, 'gzip'],
  [Compression.BROTLI, 'brotli'],
  // 4 is the legacy LZ4 codec, which parquet-wasm marks as deprecated.
  [4, 'lz4'],
  [Compression.LZ4_RAW, 'lz4'],
  [Compression.ZSTD, 'zstd'],
]);
