import { crc32 } from 'node:zlib';
import type { ReadFile } from './file-blob.ts';
import { type FileMetadata, leavesOf, readFileMetadata } from './footer/file-metadata.ts';
import { rowGroupOf } from './footer/row-group.ts';
import type { ChunkPlace } from './pages/column-chunk.ts';
import { type ParsedHeader, parsePageHeader } from './pages/page-header.ts';

/** What a page header needs, nearly always; then with statistics of long values. */
const headerBytes: readonly number[] = [2 ** 10, 2 ** 16, 2 ** 24];

/**
 * Verifies the CRC-32 of the pages of a row group, where they have one: parquet-wasm does not. What else is odd about a page
 * is left to the decoder, which knows best whether it can be read.
 *
 * @returns what rejects with an Error for the first page of the row group that is not as its checksum says.
 */
export function checksumsOf(path: string, readFile: ReadFile): (rowGroup: number) => Promise<void> {
  let footer: Promise<FileMetadata | undefined> | undefined;
  return async (rowGroup) => {
    footer ??= readFileMetadata(path).catch(() => undefined);
    for (const chunk of chunksOf(await footer, rowGroup)) await verifyChunk(readFile, chunk);
  };
}

function chunksOf(footer: FileMetadata | undefined, rowGroup: number): readonly ChunkPlace[] {
  if (footer === undefined) return [];
  try {
    return rowGroupOf(footer, leavesOf(footer), rowGroup).chunks;
  } catch {
    return [];
  }
}

async function verifyChunk(readFile: ReadFile, { start, length }: ChunkPlace): Promise<void> {
  const end = start + length;
  for (let offset = start; offset < end; ) {
    const parsed = await headerAt(readFile, offset, end);
    if (parsed === undefined) return;
    const { crc, compressedSize } = parsed.header;
    const body = offset + parsed.length;
    offset = body + compressedSize;
    if (compressedSize < 0 || offset > end) return;
    if (crc === undefined) continue;
    const bytes = await bytesAt(readFile, body, compressedSize);
    if (bytes.length === compressedSize && crc32(bytes) !== crc) {
      throw new Error(`the page at byte ${body - parsed.length} is not as its checksum says`);
    }
  }
}

async function headerAt(
  readFile: ReadFile,
  offset: number,
  end: number,
): Promise<ParsedHeader | undefined> {
  for (const size of headerBytes) {
    const bytes = await bytesAt(readFile, offset, Math.min(size, end - offset));
    try {
      return parsePageHeader(bytes);
    } catch {
      if (bytes.length < size) return undefined;
    }
  }
  return undefined;
}

/** Fewer only where the file ends. */
async function bytesAt(readFile: ReadFile, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const rest = { offset: filled, length: length - filled, position: position + filled };
    const { bytesRead } = await readFile(bytes, rest);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}
