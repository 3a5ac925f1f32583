import type { RecordBatch } from 'apache-arrow';
import { type FileMetadata, inFooter } from '../footer/file-metadata.ts';
import { type Extent, type RowGroup, rowGroupOf } from '../footer/row-group.ts';
import type { SchemaLeaf } from '../footer/schema-leaves.ts';
import { eachStructIn, fieldOf, readStruct, requireCount } from '../footer/thrift-struct.ts';
import {
  binaryList,
  boolList,
  i32Value,
  i64List,
  i64Value,
  newStruct,
  structList,
  writeStruct,
} from '../footer/write-thrift.ts';
import { type AddedSchema, writeAdded } from './added-columns.ts';
import type { ChunkOutcome, RowGroupOutcome } from './chunk-outcome.ts';
import type { WrittenChunk } from './chunk-writer.ts';
import type { OutputFile } from './output-file.ts';
import {
  type ChunkCopy,
  copyBytes,
  copyChunk,
  type EditText,
  hasChecksum,
  rewriteChunk,
} from './rewrite-chunk.ts';
import type { FileLayout, Segment } from './segments.ts';
import type { SourceFile } from './source-file.ts';

/** What becomes of a row group's rows and texts, and what comes to it. */
export interface PlannedRowGroup {
  /** One a row; undefined: all stay. At least one stays. */
  readonly keep: Uint8Array | undefined;
  /** One for each text. */
  readonly edits: readonly (EditText | undefined)[];
  readonly added: { readonly schema: AddedSchema; readonly batches: readonly RecordBatch[] };
}

/** A file that is being spliced. */
export interface Splicing {
  readonly file: FileMetadata;
  readonly leaves: readonly SchemaLeaf[];
  /** Which of the leaves are texts. */
  readonly texts: readonly number[];
  readonly source: SourceFile;
  readonly output: OutputFile;
  readonly signal: AbortSignal | undefined;
  /** Undefined: the row group is left out. */
  readonly plan: (index: number, rows: number) => Promise<PlannedRowGroup | undefined>;
}

interface OpenRowGroup {
  readonly index: number;
  readonly group: RowGroup;
  readonly planned: PlannedRowGroup | undefined;
  readonly outcome: RowGroupOutcome;
  /** Chunks that are still to come. */
  left: number;
}

/**
 * Writes everything between the file's mark and its footer: each segment is copied, made anew, or left out with what lies
 * behind it.
 *
 * @returns what became of the row groups.
 * @throws ToeditError `FILE_CORRUPT`, `FILE_UNREADABLE`, `WRITE_FAILED`; errors of the plan pass.
 */
export async function spliceSegments(
  splicing: Splicing,
  layout: FileLayout,
): Promise<RowGroupOutcome[]> {
  const outcomes: RowGroupOutcome[] = [];
  await copyBytes(splicing, { start: 0, length: layout.head });
  let open: OpenRowGroup | undefined;
  for (const segment of layout.segments) {
    if (segment.kind === 'pages' && open?.index !== segment.rowGroup) {
      open = await openRowGroup(splicing, segment.rowGroup);
      outcomes[segment.rowGroup] = open.outcome;
    }
    const isCopied =
      segment.kind === 'pages' && open !== undefined
        ? await putPages(splicing, segment, open)
        : await putOther(splicing, segment, outcomes);
    const gap = layout.gaps.get(segment);
    if (isCopied && gap !== undefined) {
      await copyBytes(splicing, { start: segment.start + segment.length, length: gap });
    }
  }
  return outcomes;
}

async function openRowGroup(splicing: Splicing, index: number): Promise<OpenRowGroup> {
  const { file, leaves, plan } = splicing;
  const group = rowGroupOf(file, leaves, index);
  const planned = await plan(index, group.rows);
  const outcome = {
    rows: planned === undefined ? 0 : keptRows(group.rows, planned.keep),
    isCut: planned?.keep !== undefined,
    edited: editedLeaves(splicing.texts, planned),
    chunks: [],
    added: [],
  };
  return { index, group, planned, outcome, left: group.chunks.length };
}

/** The leaves of which texts may change. */
function editedLeaves(
  texts: readonly number[],
  planned: PlannedRowGroup | undefined,
): ReadonlySet<number> {
  return new Set(texts.filter((_, index) => planned?.edits[index] !== undefined));
}

function keptRows(rows: number, keep: Uint8Array | undefined): number {
  return keep === undefined ? rows : keep.reduce((sum, each) => sum + each, 0);
}

/** @returns true where the segment was copied as it is. */
async function putPages(
  splicing: Splicing,
  segment: Segment,
  open: OpenRowGroup,
): Promise<boolean> {
  const { index, group, planned, outcome } = open;
  const { output, texts, source, signal } = splicing;
  const { column } = segment;
  const chunk = group.chunks[column];
  if (chunk === undefined || planned === undefined) return false;
  const copy: ChunkCopy = { source, output, rowGroup: index, signal };
  const text = texts.indexOf(column);
  const edit = planned.edits[text];
  const shift = output.position - segment.start;
  const isCopied = planned.keep === undefined && edit === undefined;
  let written: ChunkOutcome['written'];
  if (isCopied) await copyChunk(copy, { ...chunk, start: segment.start });
  else {
    const withBounds = text >= 0 && chunk.leaf.physicalType === 'BYTE_ARRAY';
    const change = { rows: group.rows, keep: planned.keep, edit, withBounds };
    written = await rewriteChunk(copy, chunk, change);
  }
  const nowhere = { bloomFilter: undefined, columnIndex: undefined, offsetIndex: undefined };
  outcome.chunks[column] = { shift, written, ...nowhere };
  if (--open.left === 0) await putAdded(splicing, open, planned);
  return isCopied;
}

/** Added chunks are as the text's are, with checksums where it has them. */
async function putAdded(
  { source, output, texts: [text = 0] }: Splicing,
  { group, outcome }: OpenRowGroup,
  { added: { schema, batches } }: PlannedRowGroup,
): Promise<void> {
  if (schema.leaves.length === 0) return;
  const like = group.chunks[text];
  const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0);
  if (rows !== outcome.rows) throw new RangeError(`${rows} added for ${outcome.rows} rows`);
  if (like === undefined) return;
  const withChecksum = await hasChecksum(source, like);
  const style = { codec: like.codec, version: 1, withChecksum } as const;
  outcome.added.push(...(await writeAdded(output, schema, batches, style)));
}

/** @returns true where the segment was copied, if with other places in it. */
async function putOther(
  splicing: Splicing,
  segment: Segment,
  outcomes: readonly (RowGroupOutcome | undefined)[],
): Promise<boolean> {
  const outcome = outcomes[segment.rowGroup];
  const chunk = outcome?.chunks[segment.column];
  if (outcome === undefined || chunk === undefined) return false;
  if (segment.kind === 'bloomFilter') {
    if (chunk.written !== undefined) return false;
    chunk.bloomFilter = splicing.output.position;
    await copyBytes(splicing, segment);
    return true;
  }
  if (chunk.written !== undefined && outcome.isCut) return false;
  const bytes = await indexBytes(splicing, segment, chunk);
  const place: Extent = { start: splicing.output.position, length: bytes.length };
  if (segment.kind === 'columnIndex') chunk.columnIndex = place;
  else chunk.offsetIndex = place;
  await splicing.output.write(bytes);
  return chunk.written === undefined;
}

/** A page index grows with its pages, of which each has a header at least as long; it is held whole. */
async function indexBytes(
  { source, file }: Splicing,
  { kind, start, length }: Segment,
  { written, shift }: ChunkOutcome,
): Promise<Uint8Array> {
  const old = await source.read(start, length);
  if (kind === 'columnIndex') return written === undefined ? old : columnIndexOf(written);
  if (written === undefined) return shiftOffsetIndex(file.path, old, shift);
  return offsetIndexOf(file.path, old, written);
}

/**
 * A plan's rows that stay.
 *
 * @returns undefined where all do.
 * @throws RangeError where there is not one mark a row.
 */
export function cutOf(keep: Uint8Array | undefined, rows: number): Uint8Array | undefined {
  if (keep === undefined) return undefined;
  if (keep.length !== rows) throw new RangeError(`${keep.length} marks for ${rows} rows`);
  return keep.every((each) => each === 1) ? undefined : keep;
}

/**
 * The offset index of a chunk that was copied: its pages lie elsewhere. OffsetIndex: 1 is page_locations; PageLocation:
 * 1 is offset.
 *
 * @param shift - bytes by which they moved.
 * @throws ToeditError `FILE_CORRUPT` where the bytes are no offset index.
 */
function shiftOffsetIndex(path: string, bytes: Uint8Array, shift: number): Uint8Array {
  if (shift === 0) return bytes;
  return inFooter({ file: path }, () => {
    const index = readStruct(bytes);
    const locations: Uint8Array[] = [];
    for (const location of eachStructIn(index, 1)) {
      const offset = requireCount(location, 1) + shift;
      if (offset < 0) throw new Error('an offset index points outside the file');
      locations.push(writeStruct(location, new Map([[1, i64Value(offset)]])));
    }
    return writeStruct(index, new Map([[1, structList(locations)]]));
  });
}

/**
 * The offset index of a chunk that was written. PageLocation: 1 is offset, 2 compressed_page_size, 3 first_row_index.
 * OffsetIndex: 2 is unencoded_byte_array_data_bytes, written where the old one had it.
 */
function offsetIndexOf(path: string, old: Uint8Array, { pages }: WrittenChunk): Uint8Array {
  const hasSizes = inFooter({ file: path }, () => fieldOf(readStruct(old), 2) !== undefined);
  const locations = pages.map(({ offset, bytes, firstRow }) =>
    newStruct([
      [1, i64Value(offset)],
      [2, i32Value(bytes)],
      [3, i64Value(firstRow)],
    ]),
  );
  return newStruct([
    [1, structList(locations)],
    [2, hasSizes ? i64List(pages.map(({ valueBytes }) => valueBytes)) : null],
  ]);
}

const noBytes = new Uint8Array(0);

/**
 * The column index of a chunk that was written. ColumnIndex: 1 is null_pages, 2 min_values, 3 max_values,
 * 4 boundary_order (0: none), 5 null_counts. Its histograms of levels, which are optional, go.
 */
function columnIndexOf({ pages }: WrittenChunk): Uint8Array {
  return newStruct([
    [1, boolList(pages.map(({ bounds }) => bounds === undefined))],
    [2, binaryList(pages.map(({ bounds }) => bounds?.min ?? noBytes))],
    [3, binaryList(pages.map(({ bounds }) => bounds?.max ?? noBytes))],
    [4, i32Value(0)],
    [5, i64List(pages.map(({ nulls }) => nulls))],
  ]);
}
