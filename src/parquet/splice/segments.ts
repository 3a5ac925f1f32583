import { damagedFile } from '../../errors.ts';
import type { ReadAt } from '../footer/column-chunk.ts';
import { type FileMetadata, inFooter } from '../footer/file-metadata.ts';
import { type Extent, rowGroupOf } from '../footer/row-group.ts';
import type { SchemaLeaf } from '../footer/schema-leaves.ts';
import { readStruct, requireCount } from '../footer/thrift-struct.ts';

/** What the footer points to. */
export type SegmentKind = 'pages' | 'bloomFilter' | 'columnIndex' | 'offsetIndex';

/** Bytes of the file that the footer says to belong to a column chunk. */
export interface Segment extends Extent {
  readonly kind: SegmentKind;
  readonly rowGroup: number;
  readonly column: number;
}

/** The segments of a file, and what lies between them. */
export interface FileLayout {
  /** In the order in which they are to be written: that of the file, but nothing comes before its pages. */
  readonly segments: readonly Segment[];
  /** How many bytes lie between a segment and the next one in the file, where there are any. */
  readonly gaps: ReadonlyMap<Segment, number>;
  /** Bytes before the first segment, of which 4 are the file's mark. */
  readonly head: number;
}

/**
 * Finds what lies where in a file.
 *
 * @throws ToeditError `FILE_CORRUPT`, also where two segments overlap.
 */
export async function fileLayout(
  file: FileMetadata,
  leaves: readonly SchemaLeaf[],
  read: ReadAt,
): Promise<FileLayout> {
  const segments: Segment[] = [];
  const keys: number[] = [];
  let last = 4;
  for (let rowGroup = 0; rowGroup < file.rowGroups.length; rowGroup++) {
    const { chunks } = rowGroupOf(file, leaves, rowGroup);
    // Row groups are written in their order, which is that of the rows, wherever they lie.
    const floor = last;
    for (const [column, chunk] of chunks.entries()) {
      const start = chunk.length === 0 ? floor : chunk.start;
      const key = Math.max(start, floor);
      const add = (kind: SegmentKind, extent: Extent | undefined): void => {
        if (extent === undefined) return;
        segments.push({ kind, rowGroup, column, start: extent.start, length: extent.length });
        keys.push(Math.max(key, extent.start));
      };
      add('pages', { start, length: chunk.length });
      if (chunk.bloomFilter !== undefined) {
        const { start: at, length } = chunk.bloomFilter;
        const known = length ?? (await bloomFilterBytes(file, read, at));
        add('bloomFilter', { start: at, length: known });
      }
      add('columnIndex', chunk.columnIndex);
      add('offsetIndex', chunk.offsetIndex);
      last = Math.max(last, start + chunk.length);
    }
  }
  return { segments: inOrderOf(segments, keys), ...between(file, segments) };
}

function inOrderOf(segments: readonly Segment[], keys: readonly number[]): Segment[] {
  const order = Array.from(keys, (_, i) => i);
  order.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
  return order.flatMap((i) => segments[i] ?? []);
}

function between(
  file: FileMetadata,
  segments: readonly Segment[],
): Pick<FileLayout, 'gaps' | 'head'> {
  const sorted = segments.toSorted((a, b) => a.start - b.start || a.length - b.length);
  const gaps = new Map<Segment, number>();
  let end = 4;
  let before: Segment | undefined;
  let head = 4;
  const close = (start: number): void => {
    if (start < end) throw damagedFile({ file: file.path }, 'its column chunks overlap');
    if (before === undefined) head = start;
    else if (start > end) gaps.set(before, start - end);
  };
  for (const segment of sorted) {
    close(segment.start);
    before = segment;
    end = segment.start + segment.length;
  }
  close(file.place.start);
  return { gaps, head };
}

const bloomHeaderBytes = 256;

/** BloomFilterHeader: 1 is numBytes. */
async function bloomFilterBytes(file: FileMetadata, read: ReadAt, start: number): Promise<number> {
  const bytes = await read(start, Math.min(bloomHeaderBytes, file.place.start - start));
  return inFooter({ file: file.path }, () => {
    const header = readStruct(bytes);
    const length = header.end + requireCount(header, 1);
    if (start + length <= file.place.start) return length;
    throw new Error('a bloom filter is longer than the file');
  });
}
