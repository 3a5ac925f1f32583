import { crc32 } from 'node:zlib';
import { damagedFile } from '../../files/damaged-file.ts';
import type { Extent } from '../footer/row-group.ts';
import type { ChunkPlace } from '../pages/column-chunk.ts';
import { type ParsedHeader, parsePageHeader } from '../pages/page-header.ts';
import { isDataPage } from '../pages/raw-pages.ts';
import type { OutputFile } from './output-file.ts';
import type { SourceFile } from './source-file.ts';

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
export function damagedIn(
  { source, rowGroup }: ChunkSource,
  { leaf }: ChunkPlace,
  what: string,
  cause?: unknown,
): Error {
  const words = `${what} (column ${JSON.stringify(leaf.path.join('.'))})`;
  return damagedFile({ file: source.path, rowGroup }, words, cause);
}
