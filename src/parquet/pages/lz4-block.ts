import { compressSync as lz4Compress, uncompressSync as lz4Uncompress } from 'lz4-napi';

/** lz4-napi writes and wants the size of the content before the block. */
const sizeBytes = 4;

/** One LZ4 block (lz4_Block_format.md), as LZ4_RAW pages are. */
export function compressLz4(bytes: Uint8Array): Uint8Array {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return lz4Compress(input).subarray(sizeBytes);
}

/**
 * @param size - bytes of the content at most.
 * @throws Error where the block is damaged or holds more.
 */
export function decompressLz4(block: Uint8Array, size: number): Uint8Array {
  const input = Buffer.allocUnsafe(sizeBytes + block.length);
  input.writeUInt32LE(size, 0);
  input.set(block, sizeBytes);
  return lz4Uncompress(input);
}
