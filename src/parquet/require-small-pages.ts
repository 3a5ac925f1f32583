import { damagedFile, reasonOf, ToeditError, TooLarge, tooLargeFile } from '../errors.ts';
import { type FileMetadata, leavesOf } from './footer/file-metadata.ts';
import { type RowGroup, rowGroupOf } from './footer/row-group.ts';
import { type LargestBatches, largestBatches } from './largest-batches.ts';
import { rawPages, requireRoom } from './pages/raw-pages.ts';
import { openSource, type SourceFile } from './splice/source-file.ts';

/** Which pages of the file are too large, beside those over its `maxPageBytes`. */
export interface SmallPages {
  /** Pages of more bytes are refused where their values have more than `maxTextBytes` on average. Nor may a row have more. */
  readonly convertedPageBytes: number;
  readonly maxTextBytes: number;
  /** What the rows of a record batch may have, unless it is one row. */
  readonly batchBytes: number;
  /** What the rows that are decoded at once may have, unless it is one row. */
  readonly partBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a file is to be read so that what is held stays small: powers of two. */
export interface SmallReads {
  /** Rows of a record batch: 1 to 1024. */
  readonly batchRows: number;
  /** Rows of a row group that are decoded at once: as many, or more. */
  readonly partRows: number;
}

/**
 * Makes sure that nothing in the file is too large for a decoder that does not ask: no page, by what its header says and by
 * what it holds, and no row.
 *
 * @throws ToeditError `FILE_CORRUPT` where one is, or a page is damaged; `FILE_UNREADABLE`; the signal's reason.
 */
export async function requireSmallPages(
  file: FileMetadata,
  limits: SmallPages,
): Promise<SmallReads> {
  const { signal, batchBytes, partBytes } = limits;
  const leaves = leavesOf(file);
  const source = await openSource(file.path, signal);
  let batchRows = 2 ** 10;
  let partRows = 2 ** 20;
  try {
    for (const rowGroup of file.rowGroups.keys()) {
      const group = rowGroupOf(file, leaves, rowGroup);
      const largest = await walkPages(group, source, limits).catch((cause: unknown) => {
        signal?.throwIfAborted();
        if (cause instanceof ToeditError) throw cause;
        const place = { file: file.path, rowGroup };
        if (cause instanceof TooLarge) throw tooLargeFile(place, cause);
        throw damagedFile(place, reasonOf(cause), cause);
      });
      batchRows = rowsWithin(largest, batchBytes, batchRows);
      partRows = rowsWithin(largest, partBytes, partRows);
    }
    return { batchRows, partRows: Math.max(partRows, batchRows) };
  } finally {
    await source.close();
  }
}

/** How many rows the most may become, so that no such part has more bytes. */
function rowsWithin(largest: LargestBatches, bytes: number, most: number): number {
  let rows = most;
  while (rows > 1 && (largest.get(rows) ?? 0) > bytes) rows /= 2;
  return rows;
}

async function walkPages(
  { chunks }: RowGroup,
  { read }: SourceFile,
  { convertedPageBytes, maxTextBytes }: SmallPages,
): Promise<LargestBatches> {
  for (const chunk of chunks) {
    const { maxPageBytes: most = Number.POSITIVE_INFINITY } = chunk;
    for await (const page of rawPages(read, chunk)) {
      const usual = maxTextBytes * (page.header.content?.entries ?? 0);
      requireRoom(page, Math.min(most, Math.max(convertedPageBytes, usual)));
    }
  }
  const largest = await largestBatches(read, chunks, convertedPageBytes);
  const row = largest.get(1) ?? 0;
  if (row <= convertedPageBytes) return largest;
  throw new TooLarge('a row', { bytes: row, most: convertedPageBytes }, 'decoded');
}
