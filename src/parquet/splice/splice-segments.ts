import type { FileMetadata } from '../footer/file-metadata.ts';
import { type Extent, type RowGroup, rowGroupOf } from '../footer/row-group.ts';
import type { SchemaLeaf } from '../footer/schema-leaves.ts';
import type { AddedChunk } from './chunk-entry.ts';
import type { ChunkOutcome, RowGroupOutcome } from './chunk-outcome.ts';
import { type ChunkCopy, copyBytes, copyChunk } from './copy-chunk.ts';
import type { OutputFile } from './output-file.ts';
import { columnIndexOf, offsetIndexOf, shiftOffsetIndex } from './page-index.ts';
import { type EditText, rewriteChunk } from './rewrite-chunk.ts';
import type { FileLayout, Segment } from './segments.ts';
import type { SourceFile } from './source-file.ts';

/** What becomes of a row group's rows and texts, and what comes to it. */
export interface PlannedRowGroup {
  /** One a row; undefined: all stay. At least one stays. */
  readonly keep: Uint8Array | undefined;
  readonly edit: EditText | undefined;
  /** Writes the chunks of added columns. */
  readonly add: ((output: OutputFile) => Promise<AddedChunk[]>) | undefined;
}

/** A file that is being spliced. */
export interface Splicing {
  readonly file: FileMetadata;
  readonly leaves: readonly SchemaLeaf[];
  /** Which of the leaves is the text. */
  readonly text: number;
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
    isEdited: planned?.edit !== undefined,
    chunks: [],
    added: [],
  };
  return { index, group, planned, outcome, left: group.chunks.length };
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
  const { output, text, source, signal } = splicing;
  const { column } = segment;
  const chunk = group.chunks[column];
  if (chunk === undefined || planned === undefined) return false;
  const copy: ChunkCopy = { source, output, rowGroup: index, signal };
  const edit = column === text ? planned.edit : undefined;
  const shift = output.position - segment.start;
  const isCopied = planned.keep === undefined && edit === undefined;
  let written: ChunkOutcome['written'];
  if (isCopied) await copyChunk(copy, { ...chunk, start: segment.start });
  else {
    const change = { rows: group.rows, keep: planned.keep, edit, withBounds: column === text };
    written = await rewriteChunk(copy, chunk, change);
  }
  const nowhere = { bloomFilter: undefined, columnIndex: undefined, offsetIndex: undefined };
  outcome.chunks[column] = { shift, written, ...nowhere };
  if (--open.left === 0) outcome.added.push(...((await planned.add?.(output)) ?? []));
  return isCopied;
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
