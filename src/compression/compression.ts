/** How a file's bytes are wrapped as a whole. */
export type Compression = 'none' | 'gzip' | 'zstd';

/**
 * What the first four bytes say: gzip (RFC 1952 §2.3.1) and zstd frames, skippable ones included (RFC 8878 §3.1), have
 * magic numbers.
 */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  const isSkippable = a !== undefined && a >> 4 === 5;
  return isSkippable && b === 0x2a && c === 0x4d && d === 0x18 ? 'zstd' : 'none';
}
