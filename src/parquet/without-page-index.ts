import { type FileBlob, fileBlob, type ReadFile } from './file-blob.ts';
import { type CopyRule, copyThriftStruct } from './thrift-copy.ts';

/** FileMetaData.row_groups, RowGroup.columns; then ColumnChunk's places of its offset and column index. */
const rule: CopyRule = {
  into: new Map([[4, { into: new Map([[1, { drop: new Set([4, 5, 6, 7]) }]]) }]]),
};

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
  const footer = copyThriftStruct(new Uint8Array(old), rule);
  const length = Buffer.from(Uint32Array.of(footer.length).buffer);
  return fileBlob(readFile, size, {
    start,
    bytes: Buffer.concat([footer, length, tail.subarray(4)]),
  });
}
