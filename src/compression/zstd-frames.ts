import { compress, init } from '@bokuweb/zstd-wasm';

/** zstd's own default. */
const level = 3;

let ready: Promise<void> | undefined;

/** Compresses each piece to a zstd frame of its own (RFC 8878 §3.1): joined, the frames are one zstd file. */
export async function* zstdFrames(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // The WebAssembly module is one to a thread, and is made once.
  ready ??= init();
  await ready;
  let isEmpty = true;
  for await (const piece of pieces) {
    yield compress(piece, level);
    isEmpty = false;
  }
  if (isEmpty) yield compress(new Uint8Array(0), level);
}
