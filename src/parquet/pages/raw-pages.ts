import { crc32 } from 'node:zlib';
import { reasonOf, TooLarge } from '../../errors.ts';
import type { ChunkPlace, ReadAt } from '../footer/column-chunk.ts';
import {
  contentFields,
  type PageHeader,
  type ParsedHeader,
  pageTypes,
  parsePageHeader,
} from './page-header.ts';

/** A page as it lies in the file. Its bytes are views, which keep at most some 64 KiB more than themselves in memory. */
export interface RawPage {
  readonly header: PageHeader;
  /** Of its header's first byte in the file. */
  readonly offset: number;
  readonly headerBytes: Uint8Array;
  /** Compressed as the chunk is; a data page v2's levels are not. */
  readonly body: Uint8Array;
}

/** Read at once where less is needed: headers have some 20 to 100 bytes, small pages a few hundred. */
const windowBytes = 64 * 2 ** 10;
/** A header with statistics holds two values of the page. */
const maxHeaderBytes = 64 * 2 ** 20;
/** Levels and values of a page are in memory together; writers end a page after some 20,000 to a few million. */
const maxEntries = 2 ** 26;

/**
 * The pages of a column chunk in file order, until they hold the chunk's values. Each is read when asked for. Its checksum
 * is verified where it has one; that its sizes and entries stay within the chunk, always.
 *
 * @throws Error where a page is damaged, the chunk ends too early, or `read` rejects; TooLarge before a page is read that is
 * larger than the chunk's bound.
 */
export async function* rawPages(
  read: ReadAt,
  chunk: ChunkPlace,
): AsyncGenerator<RawPage, void, undefined> {
  const take = windowOf(read, chunk);
  const end = chunk.start + chunk.length;
  let seen = 0;
  for (let offset = chunk.start; seen < chunk.values; ) {
    if (offset >= end) throw new Error(`its pages hold ${seen} of ${chunk.values} values`);
    const { header, length } = await readHeader(take, offset, end);
    const left = { bytes: end - offset - length, entries: chunk.values - seen };
    checkHeader(header, left, offset);
    requireRoom({ header, offset }, chunk.maxPageBytes);
    const headerBytes = await take(offset, length);
    const body = await take(offset + length, header.compressedSize);
    if (header.crc !== undefined && crc32(body) !== header.crc) {
      throw new Error(`the page at byte ${offset} does not have the checksum that its header says`);
    }
    yield { header, offset, headerBytes, body };
    if (isDataPage(header)) seen += header.content?.entries ?? 0;
    offset += length + header.compressedSize;
  }
}

/** @throws TooLarge where the page, as it is or decompressed, has more bytes. */
export function requireRoom(
  { header, offset }: Pick<RawPage, 'header' | 'offset'>,
  most = Number.POSITIVE_INFINITY,
): void {
  const bytes = Math.max(header.uncompressedSize, header.compressedSize);
  if (bytes > most) throw new TooLarge(`the page at byte ${offset}`, { bytes, most });
}

/** True of data pages, v1 and v2. */
export function isDataPage({ type }: PageHeader): boolean {
  return type === pageTypes.data || type === pageTypes.dataV2;
}

/** Reads through a window, so that small pages do not cost a read each. */
function windowOf(read: ReadAt, { start, length: chunkLength }: ChunkPlace): ReadAt {
  let bytes: Uint8Array = new Uint8Array(0);
  let from = start;
  return async (position, length) => {
    if (position < from || position + length > from + bytes.length) {
      const left = start + chunkLength - position;
      bytes = await read(position, Math.min(left, Math.max(length, windowBytes)));
      from = position;
    }
    return bytes.subarray(position - from, position - from + length);
  };
}

async function readHeader(take: ReadAt, offset: number, end: number): Promise<ParsedHeader> {
  for (let size = 256; ; size *= 16) {
    const most = Math.min(end - offset, maxHeaderBytes);
    const bytes = await take(offset, Math.min(size, most));
    try {
      return parsePageHeader(bytes);
    } catch (cause) {
      if (size < most) continue;
      const problem = `the page header at byte ${offset} cannot be read: ${reasonOf(cause)}`;
      throw new Error(problem, { cause });
    }
  }
}

function checkHeader(
  { type, uncompressedSize, compressedSize, content }: PageHeader,
  left: { readonly bytes: number; readonly entries: number },
  offset: number,
): void {
  const fail = (what: string): never => {
    throw new Error(`the page at byte ${offset} ${what}`);
  };
  if (uncompressedSize < 0) fail(`claims ${uncompressedSize} bytes`);
  if (compressedSize < 0 || compressedSize > left.bytes) {
    fail(`claims ${compressedSize} bytes where ${left.bytes} are left of its column chunk`);
  }
  if (content === undefined) {
    if (contentFields.has(type)) fail('has no header of its type');
    return;
  }
  const { entries, definitionBytes, repetitionBytes } = content;
  const most = type === pageTypes.dictionary ? maxEntries : Math.min(left.entries, maxEntries);
  if (entries < 0 || entries > most) fail(`claims ${entries} values where there can be ${most}`);
  if (definitionBytes < 0 || repetitionBytes < 0) fail('claims levels of less than no bytes');
  const levelBytes = definitionBytes + repetitionBytes;
  if (levelBytes > Math.min(compressedSize, uncompressedSize)) {
    fail(`claims ${levelBytes} bytes of levels, more than it has`);
  }
}
