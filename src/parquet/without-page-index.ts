import { type FileBlob, fileBlob, type ReadFile } from './file-blob.ts';
import { readStruct, structsIn, type ThriftStruct } from './footer/thrift-struct.ts';
import { structList, writeStruct } from './footer/write-thrift.ts';

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
