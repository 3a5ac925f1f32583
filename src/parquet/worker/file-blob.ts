import { readStruct, structsIn, type ThriftStruct } from '../footer/thrift-struct.ts';
import { structList, writeStruct } from '../footer/write-thrift.ts';

/** The part of the Blob interface that parquet-wasm reads a file by. */
export interface FileBlob {
  readonly size: number;
  slice(begin?: number, end?: number): FileBlob;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Reads bytes of a file into an array, as a `FileHandle` does. */
export type ReadFile = (
  bytes: Uint8Array,
  place: { readonly offset: number; readonly length: number; readonly position: number },
) => Promise<{ readonly bytesRead: number }>;

/**
 * A file as a Blob, read on demand. Not `fs.openAsBlob`, which gives the size modulo 4 GiB (nodejs/node#52585).
 *
 * @param end - bytes to put in place of the file's from `end.start` on.
 */
export function fileBlob(
  readFile: ReadFile,
  size: number,
  end: { readonly start: number; readonly bytes: Uint8Array } = {
    start: size,
    bytes: new Uint8Array(0),
  },
): FileBlob {
  const read = async (start: number, length: number): Promise<ArrayBuffer> => {
    const bytes = new Uint8Array(length);
    const ofFile = Math.max(0, Math.min(length, end.start - start));
    await readInto(bytes.subarray(0, ofFile), readFile, start);
    const rest = Math.max(0, start - end.start);
    bytes.set(end.bytes.subarray(rest, rest + length - ofFile), ofFile);
    return bytes.buffer;
  };
  return range(read, 0, end.start + end.bytes.length);
}

type Read = (start: number, length: number) => Promise<ArrayBuffer>;

function range(read: Read, start: number, end: number): FileBlob {
  const size = end - start;
  const at = (position: number): number =>
    start + Math.max(0, Math.min(position < 0 ? size + position : position, size));
  return {
    size,
    slice: (from = 0, to = size) => range(read, at(from), Math.max(at(from), at(to))),
    arrayBuffer: () => read(start, size),
  };
}

async function readInto(bytes: Uint8Array, readFile: ReadFile, start: number): Promise<void> {
  for (let filled = 0; filled < bytes.length; ) {
    const rest = { offset: filled, length: bytes.length - filled, position: start + filled };
    const { bytesRead } = await readFile(bytes, rest);
    if (bytesRead === 0) throw new Error(`the file ends before byte ${start + bytes.length}`);
    filled += bytesRead;
  }
}

/** ColumnChunk's places of its offset and column index. */
const noIndex = new Map([4, 5, 6, 7].map((id) => [id, null]));

/**
 * A Parquet file whose footer does not say where its page index is. parquet-wasm decodes the index of every file, though
 * nothing here uses it, and refuses the file where it cannot: parquetjs-lite writes its index wrongly (no null_pages).
 */
export async function withoutPageIndex(readFile: ReadFile, size: number): Promise<FileBlob> {
  const tail = Buffer.from(
    await fileBlob(readFile, size)
      .slice(size - 8)
      .arrayBuffer(),
  );
  const start = size - 8 - tail.readUInt32LE(0);
  const old = await fileBlob(readFile, size)
    .slice(start, size - 8)
    .arrayBuffer();
  const footer = withoutIndex(readStruct(new Uint8Array(old)));
  const length = Buffer.from(Uint32Array.of(footer.length).buffer);
  return fileBlob(readFile, size, {
    start,
    bytes: Buffer.concat([footer, length, tail.subarray(4)]),
  });
}

/** FileMetaData: 4 is row_groups; RowGroup: 1 is columns. */
function withoutIndex(file: ThriftStruct): Uint8Array {
  const rowGroups = structsIn(file, 4).map((rowGroup) => {
    const columns = structsIn(rowGroup, 1).map((column) => writeStruct(column, noIndex));
    return writeStruct(rowGroup, new Map([[1, structList(columns)]]));
  });
  return writeStruct(file, new Map([[4, structList(rowGroups)]]));
}
