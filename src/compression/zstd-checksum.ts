import xxhash, { type XXHashAPI } from 'xxhash-wasm';

let api: XXHashAPI | undefined;

/** Makes the hash function, once a thread: to be awaited before {@link zstdChecksum}. */
export async function zstdChecksumReady(): Promise<void> {
  api ??= await xxhash();
}

/** The checksum of content that comes in pieces. */
export interface ZstdChecksum {
  readonly update: (content: Uint8Array) => void;
  /** The low 32 bits of XXH64 with seed 0 (RFC 8878 §3.1.1). */
  readonly digest: () => number;
}

/** Begins a checksum of a frame's content. */
export function zstdChecksum(): ZstdChecksum {
  if (api === undefined) throw new Error('zstdChecksumReady was not awaited');
  const hash = api.create64();
  return {
    update: (content) => void hash.update(content),
    digest: () => Number(BigInt.asUintN(32, hash.digest())),
  };
}
