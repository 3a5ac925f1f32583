import { decompress } from 'fzstd';
import { zstdChecksum } from './zstd-checksum.ts';
import {
  frameHeaderLength,
  isSkippableFrame,
  isZstdFrame,
  readBlockHeader,
  readFrameHeader,
  uintOf,
} from './zstd-frame.ts';

/**
 * Decompresses zstd data of one frame or many that is in memory as a whole, and checks the checksums of the contents that have one. `zstdChecksumReady`
 * is to be awaited first.
 *
 * @throws Error where the data is damaged or ends early.
 */
export function unzstdBuffer(bytes: Uint8Array): Uint8Array {
  const contents: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { end, hasChecksum } = frameAt(bytes, at);
    const content = decompress(bytes.subarray(at, end));
    if (hasChecksum) verify(content, bytes.subarray(end - 4, end));
    contents.push(content);
    at = end;
  }
  const [first = new Uint8Array(0)] = contents;
  return contents.length > 1 ? Buffer.concat(contents) : first;
}

function verify(content: Uint8Array, expected: Uint8Array): void {
  const checksum = zstdChecksum();
  checksum.update(content);
  if (checksum.digest() !== uintOf(expected)) throw new Error("a content's zstd checksum differs");
}

function frameAt(bytes: Uint8Array, start: number): { end: number; hasChecksum: boolean } {
  const magic = bytes.subarray(start, start + 4);
  if (isSkippableFrame(magic)) {
    const end = start + 8 + uintOf(bytes.subarray(start + 4, start + 8));
    if (end > bytes.length) throw new Error('a zstd frame ends early');
    return { end, hasChecksum: false };
  }
  if (!isZstdFrame(magic)) throw new Error('something else is where a zstd frame should begin');
  const descriptor = bytes[start + 4] ?? 0;
  const blocksAt = start + 5 + frameHeaderLength(descriptor);
  const { hasChecksum } = readFrameHeader(descriptor, bytes.subarray(start + 5, blocksAt));
  const end = blocksEnd(bytes, blocksAt) + (hasChecksum ? 4 : 0);
  if (end > bytes.length) throw new Error('a zstd frame ends early');
  return { end, hasChecksum };
}

function blocksEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; at + 3 <= bytes.length; ) {
    const { isLast, length } = readBlockHeader(bytes.subarray(at, at + 3));
    at += 3 + length;
    if (isLast) return at;
  }
  throw new Error('a zstd frame ends early');
}
