import { crc32 } from 'node:zlib';
import { Compression, ParquetFile, type RecordBatch } from 'parquet-wasm';
import { ToeditError } from '../../errors.ts';
import { openRegular } from '../../files/open-regular.ts';
import type { ChunkPlace } from '../footer/column-chunk.ts';
import { type FileMetadata, leavesOf, readFileMetadata } from '../footer/file-metadata.ts';
import { rowGroupOf } from '../footer/row-group.ts';
import { type ParsedHeader, parsePageHeader } from '../pages/page-header.ts';
import { type FileBlob, fileBlob, type ReadFile, withoutPageIndex } from './file-blob.ts';
import type { ParquetCompression, ParquetInfo, RowGroupQuestion } from './parquet-messages.ts';

/** A Parquet file that is open to read, within the worker. */
export interface ParquetFileReader {
  readonly info: ParquetInfo;
  /** An Arrow IPC stream of the schema, with its metadata. */
  schema(): Uint8Array;
  startRowGroup(question: RowGroupQuestion): Promise<void>;
  /** An Arrow IPC stream of one record batch, which lacks the schema's metadata; undefined at the row group's end. */
  nextBatch(): Promise<Uint8Array | undefined>;
  /** False while a row group is begun that was not read to its end. */
  isAtEnd(): boolean;
  close(): Promise<void>;
}

/** What a reader says of the file. */
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
  const handle = await openRegular(path);
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
  let parts: AsyncGenerator<RecordBatch, void> | undefined;
  return {
    info: infoOf(file),
    schema: () => file.schema().intoIPCStream(),
    startRowGroup: async (question) => {
      await verify(question.index);
      parts = batchesOf(file, question);
    },
    nextBatch: async () => {
      const next = await parts?.next();
      if (next?.done === true) parts = undefined;
      return next?.done === false ? next.value.intoIPCStream() : undefined;
    },
    isAtEnd: () => parts === undefined,
    close: async () => {
      // Under a stream that is not at its end it is borrowed.
      if (parts === undefined) file.free();
      await handle.close();
    },
  };
}

/** parquet-wasm decodes at once all that it is asked for, however small the batches are that it then gives. */
async function* batchesOf(
  file: ParquetFile,
  { index, rows, batchRows, partRows = Math.max(1, rows) }: RowGroupQuestion,
): AsyncGenerator<RecordBatch, void> {
  const asked = { rowGroups: [index], batchSize: batchRows };
  for (let offset = 0; offset < rows; offset += partRows) {
    const part = partRows < rows ? { offset, limit: partRows } : {};
    const batches = (await file.stream({ ...asked, ...part })) as ReadableStream<RecordBatch>;
    const reader = batches.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  }
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

/** What a page header needs, nearly always; then with statistics of long values. */
const headerBytes: readonly number[] = [2 ** 10, 2 ** 16, 2 ** 24];

/**
 * Verifies the CRC-32 of the pages of a row group, where they have one: parquet-wasm does not. What else is odd about a page
 * is left to the decoder, which knows best whether it can be read.
 *
 * @returns what rejects with an Error for the first page of the row group that is not as its checksum says.
 */
function checksumsOf(path: string, readFile: ReadFile): (rowGroup: number) => Promise<void> {
  let footer: Promise<FileMetadata | undefined> | undefined;
  return async (rowGroup) => {
    footer ??= readFileMetadata(path).catch(() => undefined);
    for (const chunk of chunksOf(await footer, rowGroup)) await verifyChunk(readFile, chunk);
  };
}

function chunksOf(footer: FileMetadata | undefined, rowGroup: number): readonly ChunkPlace[] {
  if (footer === undefined) return [];
  try {
    return rowGroupOf(footer, leavesOf(footer), rowGroup).chunks;
  } catch (error) {
    // parquet-wasm reads what lies in another file from this one.
    if (error instanceof ToeditError && error.code === 'UNSUPPORTED') throw error;
    return [];
  }
}

async function verifyChunk(readFile: ReadFile, { start, length }: ChunkPlace): Promise<void> {
  const end = start + length;
  for (let offset = start; offset < end; ) {
    const parsed = await headerAt(readFile, offset, end);
    if (parsed === undefined) return;
    const { crc, compressedSize } = parsed.header;
    const body = offset + parsed.length;
    offset = body + compressedSize;
    if (compressedSize < 0 || offset > end) return;
    if (crc === undefined) continue;
    const bytes = await bytesAt(readFile, body, compressedSize);
    if (bytes.length === compressedSize && crc32(bytes) !== crc) {
      throw new Error(`the page at byte ${body - parsed.length} is not as its checksum says`);
    }
  }
}

async function headerAt(
  readFile: ReadFile,
  offset: number,
  end: number,
): Promise<ParsedHeader | undefined> {
  for (const size of headerBytes) {
    const bytes = await bytesAt(readFile, offset, Math.min(size, end - offset));
    try {
      return parsePageHeader(bytes);
    } catch {
      if (bytes.length < size) return undefined;
    }
  }
  return undefined;
}

/** Fewer only where the file ends. */
async function bytesAt(readFile: ReadFile, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const rest = { offset: filled, length: length - filled, position: position + filled };
    const { bytesRead } = await readFile(bytes, rest);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}
