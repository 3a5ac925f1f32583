import { compress, decompress, init } from '@bokuweb/zstd-wasm';

/** zstd's own default. */
const level = 3;

let ready: Promise<void> | undefined;

/**
 * Makes the WebAssembly module of zstd, once a thread: to be awaited before {@link compressZstd} and
 * {@link decompressZstd}. A second making while
 * the first is in use mixes the memory of the one with the functions of the other, and frames come out damaged.
 */
export function zstdReady(): Promise<void> {
  ready ??= init();
  return ready;
}

/** One zstd frame of the bytes (RFC 8878 §3.1). */
export function compressZstd(bytes: Uint8Array): Uint8Array {
  return compress(bytes, level);
}

/**
 * The content of one zstd frame, its content checksum verified where it has one. Twice as much WebAssembly memory is kept
 * for ever after.
 *
 * @param size - bytes of the content; what the frame itself says of it must have been compared.
 * @throws Error where the frame is damaged or its content is longer.
 */
export function decompressZstd(frame: Uint8Array, size: number): Uint8Array {
  return decompress(frame, { defaultHeapSize: size });
}

/** Compresses each piece to a zstd frame of its own (RFC 8878 §3.1): joined, the frames are one zstd file. */
export async function* zstdFrames(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  await zstdReady();
  let isEmpty = true;
  for await (const piece of pieces) {
    yield compressZstd(piece);
    isEmpty = false;
  }
  if (isEmpty) yield compressZstd(new Uint8Array(0));
}
