import { compressZstd, zstdReady } from './zstd.ts';

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
