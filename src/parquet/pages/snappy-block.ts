import { compressSync as snappyCompress, uncompressSync as snappyUncompress } from 'snappy';

/** In memory that the collector knows of, which is also faster than memory of the addon's own. */
const options = { copyOutputData: true };

/** One raw Snappy block (format_description.txt). */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  return snappyCompress(bytes, options);
}

/**
 * @param size - bytes of the content.
 * @throws Error where the block is damaged, or says that its content has another size: memory is taken by what it says.
 */
export function decompressSnappy(block: Uint8Array, size: number): Uint8Array {
  if (statedSize(block) !== size) throw new Error('the Snappy block states another size');
  return snappyUncompress(block, { ...options, asBuffer: true }) as Buffer;
}

/** The block begins with it, in 7 bits a byte, the lowest first. */
function statedSize(block: Uint8Array): number {
  let size = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at] ?? 0;
    size += (byte & 127) * 128 ** at;
    if (byte < 128) break;
  }
  return size;
}
