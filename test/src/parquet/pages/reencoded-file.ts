import { readFile, writeFile } from 'node:fs/promises';
import type { ReadAt } from '#toedit/src/parquet/footer/column-chunk';
import { leavesOf, readFileMetadata } from '#toedit/src/parquet/footer/file-metadata';
import { type ColumnChunk, rowGroupOf } from '#toedit/src/parquet/footer/row-group';
import { readStruct, structIn, type ThriftStruct } from '#toedit/src/parquet/footer/thrift-struct';
import {
  type FieldValue,
  i32List,
  i32Value,
  i64Value,
  structList,
  structValue,
  writeStruct,
} from '#toedit/src/parquet/footer/write-thrift';
import { type DecodedPage, decodedPages } from '#toedit/src/parquet/pages/decoded-pages';
import { encodePage, type PageStyle } from '#toedit/src/parquet/pages/encode-page';
import { pageCodecsReady } from '#toedit/src/parquet/pages/page-codecs';
import { readAtOf } from './leaf-of.ts';

/** A column chunk of a file, with its row group. */
export interface FileChunk {
  readonly rowGroup: number;
  readonly chunk: ColumnChunk;
}

/** All column chunks of a file, and its bytes. */
export async function chunksOf(
  path: string,
): Promise<{ readonly bytes: Uint8Array; readonly chunks: FileChunk[] }> {
  const file = await readFileMetadata(path);
  const leaves = leavesOf(file);
  const chunks = [...file.rowGroups.keys()].flatMap((rowGroup) =>
    rowGroupOf(file, leaves, rowGroup).chunks.map((chunk) => ({ rowGroup, chunk })),
  );
  return { bytes: await readFile(path), chunks };
}

/** How to write pages anew: as they were, where it is not said. */
export interface Reencoding {
  readonly style?: PageStyle;
  readonly codec?: number;
}

/** Writes the file anew, every page decoded and encoded again. */
export async function reencode(from: string, to: string, how: Reencoding = {}): Promise<void> {
  await pageCodecsReady();
  const file = await readFileMetadata(from);
  const leaves = leavesOf(file);
  const output = new Output(readAtOf(await readFile(from)), how);
  const groups: Uint8Array[] = [];
  for (const index of file.rowGroups.keys()) {
    const { chunks, struct } = rowGroupOf(file, leaves, index);
    const columns: Uint8Array[] = [];
    const start = output.length;
    for (const chunk of chunks) {
      columns.push(await output.column(chunk, readStruct(struct.bytes, chunk.entry)));
    }
    const changes = [
      [1, structList(columns)],
      [5, i64Value(start)],
      [6, i64Value(output.length - start)],
    ] as const;
    groups.push(writeStruct(struct, new Map(changes)));
  }
  const footer = writeStruct(file.struct, new Map([[4, structList(groups)]]));
  const end = Buffer.from('....PAR1');
  end.writeUInt32LE(footer.length, 0);
  await writeFile(to, Buffer.concat([...output.parts, footer, end]));
}

class Output {
  readonly parts: Uint8Array[] = [Buffer.from('PAR1')];
  length = 4;
  private readonly read: ReadAt;
  private readonly how: Reencoding;

  constructor(read: ReadAt, how: Reencoding) {
    this.read = read;
    this.how = how;
  }

  /** Writes the pages of a chunk. Returns its ColumnChunk, of which `entry` was the old one. */
  async column(chunk: ColumnChunk, entry: ThriftStruct): Promise<Uint8Array> {
    const start = this.length;
    const codec = this.how.codec ?? chunk.codec;
    let uncompressed = 0;
    for await (const page of decodedPages(this.read, chunk)) {
      const encoded = encodePage(chunk.leaf, codec, page, this.how.style ?? styleOf(page));
      this.parts.push(encoded.bytes);
      this.length += encoded.compressedSize;
      uncompressed += encoded.uncompressedSize;
    }
    const absent = (ids: number[]) => ids.map((id) => [id, null] as const);
    // encodings, codec, sizes and place; no dictionary, encoding statistics or bloom filter.
    const metadata = writeStruct(
      structIn(entry, 3),
      new Map<number, FieldValue | null>([
        [2, i32List([0, 3])],
        [4, i32Value(codec)],
        [6, i64Value(uncompressed)],
        [7, i64Value(this.length - start)],
        [9, i64Value(start)],
        ...absent([11, 13, 14, 15]),
      ]),
    );
    return writeStruct(
      entry,
      new Map<number, FieldValue | null>([
        [2, i64Value(0)],
        [3, structValue(metadata)],
        ...absent([4, 5, 6, 7]),
      ]),
    );
  }
}

function styleOf({ version, hasChecksum }: DecodedPage): PageStyle {
  return { version, withChecksum: hasChecksum };
}
