import { ToeditError } from '../../errors.ts';
import type { ColumnChunk } from '../footer/row-group.ts';
import { type DecodedPage, decodedPages } from '../pages/decoded-pages.ts';
import { type ChunkWriter, type WrittenChunk, writeChunk } from './chunk-writer.ts';
import { type ChunkCopy, damagedIn } from './copy-chunk.ts';

/**
 * Gives the text that is to stand in place of one. Called once for each text that is not null, of rows that stay, in
 * order; a list leaf has several a row.
 *
 * @param row - within the row group.
 * @param text - a view of a page: not to be kept.
 * @returns bytes that stay as they are.
 */
export type EditText = (row: number, text: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** What changes in a chunk. */
export interface ChunkChange {
  /** Of the row group. */
  readonly rows: number;
  /** One a row, 0 where it is left out; undefined: all rows stay. */
  readonly keep: Uint8Array | undefined;
  readonly edit: EditText | undefined;
  readonly withBounds: boolean;
}

/**
 * Writes a column chunk anew, one page after the other: values of rows that stay, edited. Pages begin where the old ones
 * did, and are split where they have 1 MiB.
 *
 * @throws ToeditError `FILE_CORRUPT`, `WRITE_FAILED`; errors of `edit` pass.
 */
export async function rewriteChunk(
  copy: ChunkCopy,
  chunk: ColumnChunk,
  change: ChunkChange,
): Promise<WrittenChunk> {
  const writer = writeChunk(copy.output, { ...chunk, withBounds: change.withBounds });
  let row = -1;
  for await (const page of pagesOf(copy, chunk)) {
    writer.startPage({ version: page.version, withChecksum: page.hasChecksum });
    row = await addPage(writer, { page, chunk, row }, change);
  }
  if (row + 1 !== change.rows) {
    throw damagedIn(copy, chunk, `its pages hold ${row + 1} of ${change.rows} rows`);
  }
  return writer.finish();
}

interface PageOfChunk {
  readonly page: DecodedPage;
  readonly chunk: ColumnChunk;
  /** Of the entry before the page. */
  readonly row: number;
}

/** @returns the row of the page's last entry. */
async function addPage(
  writer: ChunkWriter,
  { page, chunk, row: before }: PageOfChunk,
  { keep, edit }: ChunkChange,
): Promise<number> {
  const { maxDefinitionLevel, maxRepetitionLevel } = chunk.leaf;
  const repetitionAt = levelsBy(page.repetitionLevels, maxRepetitionLevel);
  const definitionAt = levelsBy(page.definitionLevels, maxDefinitionLevel);
  const valueAt = valuesBy(page);
  let row = before;
  let value = 0;
  for (let i = 0; i < page.entries; i++) {
    const repetition = repetitionAt(i);
    const definition = definitionAt(i);
    if (repetition === 0) row++;
    const old = definition === maxDefinitionLevel ? valueAt(value++) : undefined;
    if (keep !== undefined && keep[row] !== 1) continue;
    if (writer.isDue(repetition)) await writer.writePage();
    const edited = old === undefined ? undefined : (edit?.(row, old) ?? old);
    writer.add(repetition, definition, edited instanceof Promise ? await edited : edited);
  }
  return row;
}

function levelsBy(levels: Uint8Array, max: number): (index: number) => number {
  return max === 0 ? () => 0 : (index) => levels[index] ?? 0;
}

function valuesBy({ values }: DecodedPage): (index: number) => Uint8Array | undefined {
  if (values.kind === 'byteArrays') return (index) => values.items[index];
  const { bytes, width } = values;
  return (index) => bytes.subarray(index * width, (index + 1) * width);
}

async function* pagesOf(copy: ChunkCopy, chunk: ColumnChunk): AsyncGenerator<DecodedPage> {
  try {
    yield* decodedPages(copy.source.read, chunk);
  } catch (cause) {
    copy.signal?.throwIfAborted();
    if (cause instanceof ToeditError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw damagedIn(copy, chunk, `its pages cannot be read (${reason})`, cause);
  }
}
