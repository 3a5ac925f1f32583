import { compress, init } from '@bokuweb/zstd-wasm';

/** zstd's own default. */
const level = 3;

let ready: Promise<void> | undefined;

/**
 * Makes the WebAssembly module of zstd, once a thread: to be awaited before {@link compressZstd}. A second making while
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
