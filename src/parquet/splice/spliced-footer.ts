import { type FileMetadata, inFooter } from '../footer/file-metadata.ts';
import { type ColumnChunk, type RowGroup, rowGroupOf } from '../footer/row-group.ts';
import type { SchemaLeaf } from '../footer/schema-leaves.ts';
import { thriftTypes } from '../footer/thrift-cursor.ts';
import {
  countIn,
  eachStructIn,
  type FieldSpan,
  integerIn,
  type ThriftStruct,
} from '../footer/thrift-struct.ts';
import { listHeader, structList } from '../footer/write-thrift.ts';
import { putChunks, type RowGroupOutcome } from './chunk-outcome.ts';
import type { WrittenChunk } from './chunk-writer.ts';
import { type FooterOutput, footerOutput, patchCount, patchFields } from './output-file.ts';

/** What the new footer is to say beside the old one's. */
export interface SplicedFile {
  readonly file: FileMetadata;
  readonly leaves: readonly SchemaLeaf[];
  readonly outcomes: readonly RowGroupOutcome[];
  /** New values of FileMetaData's fields, by their ids. */
  readonly fields: ReadonlyMap<number, Uint8Array>;
}

/**
 * The footer of a spliced file: the old one, in which places, sizes and rows are put right. FileMetaData: 3 is num_rows,
 * 4 row_groups.
 *
 * @throws ToeditError `FILE_CORRUPT`
 */
export function splicedFooter(spliced: SplicedFile): Uint8Array {
  const { file, outcomes, fields } = spliced;
  const output = footerOutput(file.struct.bytes);
  const rows = outcomes.reduce((sum, each) => sum + each.rows, 0);
  return inFooter({ file: file.path }, () => {
    for (const field of file.struct.fields) {
      const value = fields.get(field.id);
      if (value !== undefined) output.replace(field.start, field.end, value);
      else if (field.id === 3) patchCount(output, file.struct, 3, rows);
      else if (field.id === 4) putRowGroups(output, spliced, field);
    }
    return output.finish();
  });
}

function putRowGroups(output: FooterOutput, spliced: SplicedFile, field: FieldSpan): void {
  const { file, outcomes } = spliced;
  const kept = outcomes.filter(({ rows }, i) => rows > 0 || isEmpty(file, i)).length;
  const first = file.rowGroups[0];
  if (first !== undefined && kept < outcomes.length) {
    output.replace(field.start, first.start, listHeader(thriftTypes.struct, kept));
  }
  let ordinal = 0;
  for (const [index, outcome] of outcomes.entries()) {
    const struct = file.rowGroups[index];
    if (struct === undefined) continue;
    if (outcome.rows > 0 || isEmpty(file, index)) {
      putRowGroup(output, spliced, { index, outcome, ordinal: ordinal++ });
    } else output.replace(struct.start, struct.end, new Uint8Array(0));
  }
}

/** A row group that had no rows is no row group that lost them. */
function isEmpty({ rowGroups }: FileMetadata, index: number): boolean {
  const rowGroup = rowGroups[index];
  return rowGroup !== undefined && countIn(rowGroup, 3) === 0;
}

interface KeptRowGroup {
  readonly index: number;
  readonly outcome: RowGroupOutcome;
  readonly ordinal: number;
}

/**
 * RowGroup: 1 is columns, 2 total_byte_size, 3 num_rows, 4 sorting_columns, 5 file_offset, 6 total_compressed_size,
 * 7 ordinal.
 */
function putRowGroup(
  output: FooterOutput,
  { file, leaves }: SplicedFile,
  { index, outcome, ordinal }: KeptRowGroup,
): void {
  const group = rowGroupOf(file, leaves, index);
  const { struct } = group;
  const sizes = sizesOf(group, outcome);
  const count = (id: number, value: number) => () => patchCount(output, struct, id, value);
  patchFields(
    struct,
    new Map([
      [1, (field) => putChunks(output, { field, group, outcome, footer: file.struct.bytes })],
      [2, count(2, sizes.uncompressed)],
      [3, count(3, outcome.rows)],
      [4, (field: FieldSpan) => putOrder(output, struct, { field, outcome })],
      [5, count(5, movedStart(group, outcome))],
      [6, count(6, sizes.compressed)],
      [7, count(7, ordinal)],
    ]),
  );
}

function sizesOf(
  { struct, chunks }: RowGroup,
  outcome: RowGroupOutcome,
): { readonly uncompressed: number; readonly compressed: number } {
  let uncompressed = countIn(struct, 2) ?? 0;
  let compressed = countIn(struct, 6) ?? 0;
  const add = (written: WrittenChunk | undefined, old: ColumnChunk | undefined): void => {
    if (written === undefined) return;
    uncompressed += written.uncompressedBytes - (old?.uncompressedBytes ?? 0);
    compressed += written.compressedBytes - (old?.length ?? 0);
  };
  for (const [i, { written }] of outcome.chunks.entries()) add(written, chunks[i]);
  for (const { written } of outcome.added) add(written, undefined);
  return { uncompressed: Math.max(0, uncompressed), compressed: Math.max(0, compressed) };
}

/** Where the chunk begins that began where the row group did; 0, as some writers say, stays. */
function movedStart({ struct, chunks }: RowGroup, outcome: RowGroupOutcome): number {
  const old = countIn(struct, 5) ?? 0;
  if (old === 0) return 0;
  const first = Math.max(
    0,
    chunks.findIndex(({ start }) => start === old),
  );
  const chunk = outcome.chunks[first];
  return chunk?.written?.start ?? Math.max(0, old + (chunk?.shift ?? 0));
}

/** SortingColumn: 1 is column_idx. No order by a column that was edited, or by what comes after, holds. */
function putOrder(
  output: FooterOutput,
  struct: ThriftStruct,
  { field, outcome }: { field: FieldSpan; outcome: RowGroupOutcome },
): void {
  if (outcome.edited.size === 0) return;
  const kept: Uint8Array[] = [];
  for (const item of eachStructIn(struct, 4)) {
    if (outcome.edited.has(integerIn(item, 1) ?? -1)) {
      output.replace(field.start, field.end, structList(kept).bytes);
      return;
    }
    kept.push(item.bytes.subarray(item.start, item.end));
  }
}
