import { CompressionType, compressionRegistry } from 'apache-arrow';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { unzstdBuffer } from '../compression/unzstd-buffer.ts';
import { compressZstd, zstdReady } from '../compression/zstd.ts';
import { zstdChecksumReady } from '../compression/zstd-checksum.ts';

/** How the buffers of Arrow IPC record batches are compressed. */
export const arrowCompressions = ['none', 'lz4', 'zstd'] as const;

/** One of {@link arrowCompressions}. */
export type ArrowCompression = (typeof arrowCompressions)[number];

let registered: Promise<void> | undefined;

/** Gives apache-arrow, which bundles none, its lz4 and zstd codecs. To be awaited before reading or writing. */
export function registerIpcCodecs(): Promise<void> {
  registered ??= register();
  return registered;
}

async function register(): Promise<void> {
  await zstdReady();
  await zstdChecksumReady();
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    encode: (bytes) => compressFrameSync(bufferOf(bytes)),
    decode: (bytes) => aligned(decompressFrameSync(bufferOf(bytes))),
  });
  compressionRegistry.set(CompressionType.ZSTD, {
    encode: compressZstd,
    decode: (bytes) => aligned(unzstdBuffer(bytes)),
  });
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Typed arrays are put over the bytes, which must begin at a multiple of 8. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
}
