import type { RecordBatch } from 'apache-arrow';
import { emptyBatch } from '../../arrow/empty-batch.ts';
import { messageOf, type Place, ToeditError } from '../../errors.ts';
import { damagedFile } from '../../files/damaged-file.ts';
import type { Source } from '../../operator.ts';
import { requireInteger } from '../../options.ts';
import { type FileMetadata, leavesOf, readFileMetadata } from '../footer/file-metadata.ts';
import { type RowGroup, rowGroupOf } from '../footer/row-group.ts';
import type { ChunkPlace, ReadAt } from '../pages/column-chunk.ts';
import { type DecodedPage, decodedPages } from '../pages/decoded-pages.ts';
import { openSource } from '../splice/source-file.ts';
import { textBatches, textSchema } from './text-batches.ts';
import { textLeaf } from './text-leaf.ts';

/** Options of {@link readParquetTexts}. */
export interface ReadParquetTextsOptions {
  /** A column of byte arrays that lies in no other column. */
  readonly column: string;
  /** Rows a record batch has at most; it ends with its row group. @defaultValue 1024 */
  readonly batchRows?: number | undefined;
  /** Bytes of text a record batch has at most, or one row. @defaultValue 1 MiB */
  readonly batchBytes?: number | undefined;
  /** Rows of the file to leave out at its beginning; row groups before are not read. @defaultValue 0 */
  readonly firstRow?: number | undefined;
  /** The file's footer, where it was read before. */
  readonly footer?: FileMetadata | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads one column of a Parquet file, page by page: record batches of that column alone, Utf8 where the file calls it
 * text, else Binary. In memory are a page, its dictionary and a batch, however large the row group is. Where there is no
 * row, one batch of none is given. However the iteration ends, the file is closed.
 *
 * @throws ToeditError `BAD_OPTION` at once; then `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `FILE_CORRUPT` (also where the file
 * is encrypted), `COLUMN_MISSING`, `COLUMN_TYPE` or `COLUMN_EXISTS`.
 */
export function readParquetTexts(path: string, options: ReadParquetTextsOptions): Source {
  const { column, batchRows = 1024, batchBytes = 2 ** 20, firstRow = 0, footer, signal } = options;
  requireInteger('batchRows', batchRows, [1]);
  requireInteger('batchBytes', batchBytes, [1]);
  requireInteger('firstRow', firstRow, [0]);
  return batchesOf(path, { column, batchRows, batchBytes, firstRow, footer, signal });
}

interface Range {
  readonly column: string;
  readonly batchRows: number;
  readonly batchBytes: number;
  readonly firstRow: number;
  readonly footer: FileMetadata | undefined;
  readonly signal: AbortSignal | undefined;
}

async function* batchesOf(path: string, range: Range): AsyncGenerator<RecordBatch> {
  const { column, firstRow, signal } = range;
  signal?.throwIfAborted();
  const file = range.footer ?? (await readFileMetadata(path));
  const leaves = leavesOf(file);
  const { index: leafIndex, isText } = textLeaf(leaves, column, path);
  const shape = { name: column, isText };
  const source = await openSource(path, signal);
  let yielded = 0;
  try {
    let groupBegin = 0;
    for (const rowGroup of file.rowGroups.keys()) {
      const group = rowGroupOf(file, leaves, rowGroup);
      const skipped = Math.max(0, firstRow - groupBegin);
      groupBegin += group.rows;
      if (skipped >= group.rows) continue;
      const place = { file: path, rowGroup };
      const texts = textsOf(source.read, chunkOf(group, leafIndex, place), {
        place,
        skipped,
        signal,
      });
      for await (const batch of textBatches(texts, shape, range)) {
        yielded += batch.numRows;
        yield batch;
      }
    }
  } finally {
    await source.close();
  }
  if (yielded === 0) yield emptyBatch(textSchema(shape));
}

type GroupPlace = Place & { readonly file: string };

/** The chunk of a leaf that does not repeat: it has an entry a row. */
function chunkOf({ rows, chunks }: RowGroup, index: number, place: GroupPlace): ChunkPlace {
  const chunk = chunks[index];
  if (chunk?.values === rows) return chunk;
  throw damagedFile(place, `its text has ${chunk?.values ?? 0} values for ${rows} rows`);
}

interface TextsRange {
  readonly place: GroupPlace;
  /** Rows to leave out at the chunk's beginning. */
  readonly skipped: number;
  readonly signal: AbortSignal | undefined;
}

async function* textsOf(
  read: ReadAt,
  chunk: ChunkPlace,
  { place, skipped, signal }: TextsRange,
): AsyncGenerator<(Uint8Array | null)[], void, undefined> {
  let left = skipped;
  try {
    for await (const page of decodedPages(read, chunk)) {
      signal?.throwIfAborted();
      const texts = textsIn(page, chunk.leaf.maxDefinitionLevel);
      yield left === 0 ? texts : texts.slice(left);
      left = Math.max(0, left - texts.length);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ToeditError) throw cause;
    throw damagedFile(place, messageOf(cause), cause);
  }
}

/** A text or null for each entry of a leaf that does not repeat. */
function textsIn({ values, definitionLevels }: DecodedPage, most: number): (Uint8Array | null)[] {
  const items = values.kind === 'byteArrays' ? values.items : [];
  if (most === 0) return [...items];
  let next = 0;
  return Array.from(definitionLevels, (level) => (level === most ? (items[next++] ?? null) : null));
}
