import type { RecordBatch } from 'apache-arrow';
import { emptyBatch } from '../arrow/concat/record-batches.ts';
import {
  damagedFile,
  NotRead,
  type Place,
  reasonOf,
  ToeditError,
  TooLarge,
  tooLargeFile,
  unsupportedFile,
} from '../errors.ts';
import type { Source } from '../operator.ts';
import { requireInteger } from '../options.ts';
import type { ChunkPlace, PageValues, ReadAt } from './footer/column-chunk.ts';
import { type FileMetadata, leavesOf, readFileMetadata } from './footer/file-metadata.ts';
import { type RowGroup, rowGroupOf } from './footer/row-group.ts';
import { holdsTexts, type SchemaLeaf } from './footer/schema-leaves.ts';
import { type DecodedPage, decodedPages } from './pages/decoded-pages.ts';
import { openSource } from './splice/source-file.ts';
import { textBatches, textSchema, textTypeOf } from './text-batches.ts';

/** Options of {@link readParquetTexts}. */
export interface ReadParquetTextsOptions {
  /** A column of byte arrays, or of nulls alone, that lies in no other column. */
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
 * text, else Binary; FixedSizeBinary, or a dictionary whose order means something, where it is that. In memory are a page, its dictionary and a batch, however large the row group is. Where there is no
 * row, one batch of none is given. However the iteration ends, the file is closed.
 *
 * @throws ToeditError `BAD_OPTION` at once; then `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `FILE_CORRUPT`, `UNSUPPORTED` (the file
 * is encrypted, or points to others), `COLUMN_MISSING`, `COLUMN_TYPE` or `COLUMN_EXISTS`.
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
  const leafIndex = textLeaf(leaves, column, path);
  const shape = { name: column, type: textTypeOf(file, leaves[leafIndex], column) };
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
      for (const texts of textsIn(page, chunk.leaf.maxDefinitionLevel)) {
        yield left === 0 ? texts : texts.slice(left);
        left = Math.max(0, left - texts.length);
      }
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ToeditError) throw cause;
    if (cause instanceof TooLarge) throw tooLargeFile(place, cause);
    if (cause instanceof NotRead) throw unsupportedFile({ file: place.file }, cause);
    throw damagedFile(place, reasonOf(cause), cause);
  }
}

/** A text or null for each entry of a leaf that does not repeat, some at a time: a page of nulls may have millions. */
function* textsIn(
  { values, definitionLevels: levels }: DecodedPage,
  most: number,
): Generator<(Uint8Array | null)[]> {
  const items = valuesOf(values);
  if (most === 0) {
    yield [...items];
    return;
  }
  let next = 0;
  for (let at = 0; at < levels.length; at += textsAtOnce) {
    const some = levels.subarray(at, at + textsAtOnce);
    yield Array.from(some, (level) => (level === most ? (items[next++] ?? null) : null));
  }
}

const textsAtOnce = 2 ** 16;

function valuesOf(values: PageValues): readonly Uint8Array[] {
  if (values.kind === 'byteArrays') return values.items;
  const { bytes, width, count } = values;
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * width, (i + 1) * width));
}

/**
 * Finds the column of texts: byte arrays of any or of a fixed length, or nulls alone, in no list, map or struct.
 *
 * @throws ToeditError `COLUMN_MISSING` (listing the columns there are), `COLUMN_TYPE`, or `COLUMN_EXISTS` where two
 * columns have that name.
 */
function textLeaf(leaves: readonly SchemaLeaf[], column: string, file: string): number {
  const index = leaves.findIndex(({ path }) => path[0] === column);
  const leaf = leaves[index];
  if (leaf === undefined) throw missing(leaves, column, file);
  const others = leaves.filter(({ path }) => path[0] === column);
  if (others.length > 1 && others.some(({ path }) => path.length === 1)) {
    throw new ToeditError(
      'COLUMN_EXISTS',
      `${file} has two columns named ${JSON.stringify(column)}: rename one of them`,
      { place: { file } },
    );
  }
  const { physicalType, path, maxRepetitionLevel } = leaf;
  const isFlat = path.length === 1 && maxRepetitionLevel === 0;
  if (isFlat && holdsTexts(leaf)) return index;
  const what = physicalType.endsWith('BYTE_ARRAY')
    ? `${physicalType} with another meaning than text`
    : physicalType;
  throw new ToeditError(
    'COLUMN_TYPE',
    `column ${JSON.stringify(column)} is ${isFlat ? what : 'a list, map or struct'}: a text column of a Parquet file is BYTE_ARRAY; name another column or cast this one`,
    { place: { file } },
  );
}

function missing(leaves: readonly SchemaLeaf[], column: string, file: string): ToeditError {
  const names = [...new Set(leaves.map(({ path }) => JSON.stringify(path[0])))].join(', ');
  return new ToeditError(
    'COLUMN_MISSING',
    `no column ${JSON.stringify(column)}: the columns are ${names || 'none'}; name one of them`,
    { place: { file } },
  );
}
