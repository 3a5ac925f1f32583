import { compressLz4, decompressLz4 } from './lz4-block.ts';

/**
 * What the deprecated codec LZ4 means is Hadoop's framing: blocks, each behind the size of its content and its own (4 bytes
 * each, the highest first). Hadoop's reader wants a block's content to fit its buffer of 256 KiB.
 */
const blockBytes = 128 * 2 ** 10;
const headerBytes = 8;

/** Frames the blocks as Hadoop does. */
export function compressHadoopLz4(bytes: Uint8Array): Uint8Array {
  const output: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const content = bytes.subarray(at, at + blockBytes);
    const block = compressLz4(content);
    const header = Buffer.allocUnsafe(headerBytes);
    header.writeUInt32BE(content.length, 0);
    header.writeUInt32BE(block.length, 4);
    output.push(header, block);
  }
  return Buffer.concat(output);
}

/**
 * Reads Hadoop's framing, and one bare block: what parquet-cpp wrote under this codec before it framed them.
 *
 * @throws Error where the bytes are neither.
 */
export function decompressHadoopLz4(bytes: Uint8Array, size: number): Uint8Array {
  const blocks = framedBlocks(bytes, size);
  if (blocks === undefined) return decompressLz4(bytes, size);
  return Buffer.concat(blocks.map(({ block, content }) => decompressLz4(block, content)));
}

interface FramedBlock {
  readonly block: Uint8Array;
  /** Bytes of its content. */
  readonly content: number;
}

/** Undefined where the sizes do not add up: then it is not framed. */
function framedBlocks(bytes: Uint8Array, size: number): FramedBlock[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: FramedBlock[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < headerBytes) return undefined;
    const content = view.getUint32(at);
    const length = view.getUint32(at + 4);
    at += headerBytes;
    total += content;
    if (length > bytes.length - at || total > size) return undefined;
    blocks.push({ block: bytes.subarray(at, at + length), content });
    at += length;
  }
  return total === size ? blocks : undefined;
}
