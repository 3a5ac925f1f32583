import { createHash } from 'node:crypto';

/** The 64 bits that stand for a document in its draws, as two unsigned 32-bit words. */
export interface DocumentKey {
  readonly low: number;
  readonly high: number;
}

/**
 * The key of a document, or of the value that names it: the first 8 bytes of the SHA-256 (FIPS 180-4) of its bytes,
 * read as a little-endian number. So `low` is bytes 0 to 3, `high` bytes 4 to 7.
 */
export function documentKey(bytes: Uint8Array): DocumentKey {
  const digest = createHash('sha256').update(bytes).digest();
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}
