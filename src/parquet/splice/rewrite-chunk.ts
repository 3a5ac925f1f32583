import { crc32 } from 'node:zlib';
import {
  damagedFile,
  NotRead,
  reasonOf,
  ToeditError,
  TooLarge,
  tooLargeFile,
  unsupportedFile,
} from '../../errors.ts';
import type { ChunkPlace } from '../footer/column-chunk.ts';
import type { ColumnChunk, Extent } from '../footer/row-group.ts';
import { type DecodedPage, decodedPages } from '../pages/decoded-pages.ts';
import { type ParsedHeader, parsePageHeader } from '../pages/page-header.ts';
import { isDataPage } from '../pages/raw-pages.ts';
import { type ChunkWriter, type WrittenChunk, writeChunk } from './chunk-writer.ts';
import type { OutputFile } from './output-file.ts';
import type { SourceFile } from './source-file.ts';

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
    if (cause instanceof TooLarge) {
      throw tooLargeFile({ file: copy.source.path, rowGroup: copy.rowGroup }, cause);
    }
    if (cause instanceof NotRead) throw unsupportedFile({ file: copy.source.path }, cause);
    throw damagedIn(copy, chunk, `its pages cannot be read (${reasonOf(cause)})`, cause);
  }
}

/** Where a chunk is from. */
export interface ChunkSource {
  readonly source: SourceFile;
  readonly rowGroup: number | undefined;
}

/** Where a chunk is from, and where it goes. */
export interface ChunkCopy extends ChunkSource {
  readonly output: OutputFile;
  readonly signal: AbortSignal | undefined;
}

const pieceBytes = 2 ** 20;
/** Headers have some 20 to 100 bytes. */
const firstHeaderBytes = 1024;
/** A header with statistics holds two values of the page. */
const maxHeaderBytes = 64 * 2 ** 20;

/**
 * Copies the pages of a column chunk as they are, in pieces of 1 MiB, and verifies the checksums of those that have one.
 *
 * @throws ToeditError `FILE_CORRUPT`, also where a header is damaged.
 */
export async function copyChunk(copy: ChunkCopy, chunk: ChunkPlace): Promise<void> {
  const end = chunk.start + chunk.length;
  let seen = 0;
  let at = chunk.start;
  while (at < end && seen < chunk.values) {
    const { header, length } = await readHeader(copy, chunk, at);
    const body = { start: at + length, length: header.compressedSize };
    at = body.start + body.length;
    if (body.length < 0 || at > end)
      throw damagedIn(copy, chunk, 'a page is longer than its chunk');
    await copyBytes(copy, { start: body.start - length, length });
    const crc = await copyBytes(copy, body);
    if (header.crc !== undefined && header.crc !== crc) {
      throw damagedIn(
        copy,
        chunk,
        `the checksum of the page at byte ${body.start - length} is wrong`,
      );
    }
    if (isDataPage(header)) seen += Math.max(0, header.content?.entries ?? 0);
  }
  await copyBytes(copy, { start: at, length: end - at });
}

/** Whether the first page of a chunk has a checksum. */
export async function hasChecksum(source: SourceFile, chunk: ChunkPlace): Promise<boolean> {
  if (chunk.length === 0) return false;
  const { header } = await readHeader({ source, rowGroup: undefined }, chunk, chunk.start);
  return header.crc !== undefined;
}

async function readHeader(copy: ChunkSource, chunk: ChunkPlace, at: number): Promise<ParsedHeader> {
  const left = Math.min(maxHeaderBytes, chunk.start + chunk.length - at);
  for (let size = firstHeaderBytes; ; size *= 16) {
    const bytes = await copy.source.read(at, Math.min(size, left));
    try {
      return parsePageHeader(bytes);
    } catch (cause) {
      if (size < left) continue;
      throw damagedIn(copy, chunk, `the page header at byte ${at} cannot be read`, cause);
    }
  }
}

/**
 * Copies bytes as they are.
 *
 * @returns their CRC-32.
 */
export async function copyBytes(
  { source, output }: Pick<ChunkCopy, 'source' | 'output'>,
  { start, length }: Extent,
): Promise<number> {
  let crc = 0;
  for (let done = 0; done < length; ) {
    const bytes = await source.read(start + done, Math.min(pieceBytes, length - done));
    crc = crc32(bytes, crc);
    await output.write(bytes);
    done += bytes.length;
  }
  return crc;
}

/** The chunk is damaged: names its column and row group. */
function damagedIn(
  { source, rowGroup }: ChunkSource,
  { leaf }: ChunkPlace,
  what: string,
  cause?: unknown,
): Error {
  const words = `${what} (column ${JSON.stringify(leaf.path.join('.'))})`;
  return damagedFile({ file: source.path, rowGroup }, words, cause);
}
