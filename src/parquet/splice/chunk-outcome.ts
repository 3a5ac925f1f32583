import type { ColumnChunk, Extent, RowGroup } from '../footer/row-group.ts';
import { thriftTypes } from '../footer/thrift-cursor.ts';
import {
  countIn,
  type FieldSpan,
  readStruct,
  structIn,
  type ThriftStruct,
} from '../footer/thrift-struct.ts';
import { listHeader } from '../footer/write-thrift.ts';
import { type AddedChunk, addedEntry, replacedEntry } from './chunk-entry.ts';
import type { WrittenChunk } from './chunk-writer.ts';
import { type FooterOutput, patchCount } from './output-file.ts';

/** What became of a column chunk. */
export interface ChunkOutcome {
  /** Bytes by which its pages moved, of one that was copied. */
  readonly shift: number;
  /** Of one that was written anew. */
  readonly written: WrittenChunk | undefined;
  bloomFilter: number | undefined;
  columnIndex: Extent | undefined;
  offsetIndex: Extent | undefined;
}

/** What became of a row group. */
export interface RowGroupOutcome {
  /** 0: it is left out. */
  readonly rows: number;
  /** True where some of its rows are left out. */
  readonly isCut: boolean;
  /** The leaves of which texts may have changed. */
  readonly edited: ReadonlySet<number>;
  readonly chunks: ChunkOutcome[];
  readonly added: AddedChunk[];
}

/** The chunks of a row group, as the old footer has them, and what became of them. */
export interface ChunksOfRowGroup {
  readonly field: FieldSpan;
  readonly group: RowGroup;
  readonly outcome: RowGroupOutcome;
  readonly footer: Uint8Array;
}

/** Puts the entries of a row group's chunks right, and those of added columns behind them. */
export function putChunks(
  output: FooterOutput,
  { field, group, outcome, footer }: ChunksOfRowGroup,
): void {
  const { chunks } = group;
  const first = chunks[0]?.entry ?? field.end;
  if (outcome.added.length > 0) {
    const length = chunks.length + outcome.added.length;
    output.replace(field.start, first, listHeader(thriftTypes.struct, length));
  }
  for (const [i, chunk] of chunks.entries()) {
    const result = outcome.chunks[i];
    if (result !== undefined && hasMoved(chunk, result)) {
      putChunk(output, { footer, chunk, result, isCut: outcome.isCut });
    }
  }
  if (outcome.added.length > 0) {
    output.replace(field.end, field.end, Buffer.concat(outcome.added.map(addedEntry)));
  }
}

function hasMoved(chunk: ColumnChunk, result: ChunkOutcome): boolean {
  if (result.written !== undefined || result.shift !== 0) return true;
  if (result.bloomFilter !== chunk.bloomFilter?.start) return true;
  return (
    hasOtherPlace(chunk.columnIndex, result.columnIndex) ||
    hasOtherPlace(chunk.offsetIndex, result.offsetIndex)
  );
}

function hasOtherPlace(before: Extent | undefined, after: Extent | undefined): boolean {
  return before?.start !== after?.start || before?.length !== after?.length;
}

interface MovedChunk {
  readonly footer: Uint8Array;
  readonly chunk: ColumnChunk;
  readonly result: ChunkOutcome;
  readonly isCut: boolean;
}

/** ColumnChunk: 2 is file_offset, 3 meta_data, 4 to 7 the places of the offset and the column index. */
function putChunk(output: FooterOutput, { footer, chunk, result, isCut }: MovedChunk): void {
  const entry = readStruct(footer, chunk.entry);
  const { written } = result;
  if (written !== undefined) {
    const replaced = replacedEntry(footer, chunk.entry, { ...result, written, isCut });
    output.replace(entry.start, entry.end, replaced);
    return;
  }
  for (const { id } of entry.fields) {
    if (id === 3) putMetadata(output, structIn(entry, 3), result);
    else patchCount(output, entry, id, placeIn(entry, id, result));
  }
}

/** What is to stand in a field; undefined: what stands there. */
function placeIn(entry: ThriftStruct, id: number, result: ChunkOutcome): number | undefined {
  switch (id) {
    case 2:
      return shifted(entry, id, result.shift);
    case 4:
      return result.offsetIndex?.start ?? 0;
    case 5:
      return result.offsetIndex?.length ?? 0;
    case 6:
      return result.columnIndex?.start ?? 0;
    case 7:
      return result.columnIndex?.length ?? 0;
    default:
      return undefined;
  }
}

/** ColumnMetaData: 9 to 11 are the places of pages, 14 that of the bloom filter. */
function putMetadata(
  output: FooterOutput,
  metadata: ThriftStruct | undefined,
  { shift, bloomFilter }: ChunkOutcome,
): void {
  if (metadata === undefined) return;
  for (const { id } of metadata.fields) {
    if (id >= 9 && id <= 11) patchCount(output, metadata, id, shifted(metadata, id, shift));
    else if (id === 14) patchCount(output, metadata, id, bloomFilter ?? 0);
  }
}

/** A place of 0 says that there is none. */
function shifted(struct: ThriftStruct, id: number, shift: number): number {
  const old = countIn(struct, id) ?? 0;
  return old === 0 ? 0 : Math.max(0, old + shift);
}
