import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gzipSync,
  unzipSync,
} from 'node:zlib';
import { decompress } from 'fzstd';
import { compressSync as lz4Compress, uncompressSync as lz4Uncompress } from 'lz4-napi';
import { compressSync as snappyCompress, uncompressSync as snappyUncompress } from 'snappy';
import { compressZstd, decompressZstd, zstdReady } from '../../compression/zstd.ts';
import { NotRead } from '../../errors.ts';

/** How the bodies of pages are compressed. */
interface PageCodec {
  readonly name: string;
  /** Bytes that a compressed byte can stand for at most: a larger claim is refused before memory is taken for it. */
  readonly maxRatio: number;
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  /** @param size - of the content, which may differ only where the bytes are damaged. */
  readonly decompress: (bytes: Uint8Array, size: number) => Uint8Array;
}

/** What parquet-wasm, which wrote these pages before, took too. */
const brotliQuality = 1;

/** By CompressionCodec of parquet.thrift; 3 is LZO, which nothing writes. */
const codecs: ReadonlyMap<number, PageCodec> = new Map<number, PageCodec>([
  [
    0,
    { name: 'uncompressed', maxRatio: 1, compress: (bytes) => bytes, decompress: (bytes) => bytes },
  ],
  [1, { name: 'snappy', maxRatio: 64, compress: compressSnappy, decompress: decompressSnappy }],
  [
    2,
    {
      name: 'gzip',
      maxRatio: 1100,
      compress: (bytes) => gzipSync(bytes),
      decompress: (bytes, size) => unzipSync(bytes, { maxOutputLength: Math.max(1, size) }),
    },
  ],
  [
    4,
    {
      name: 'brotli',
      maxRatio: Number.POSITIVE_INFINITY,
      compress: (bytes) =>
        brotliCompressSync(bytes, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
            [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
          },
        }),
      decompress: (bytes, size) =>
        brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, size) }),
    },
  ],
  [
    5,
    {
      name: 'lz4',
      maxRatio: 256,
      compress: compressHadoopLz4,
      decompress: decompressHadoopLz4,
    },
  ],
  [
    6,
    {
      name: 'zstd',
      maxRatio: 2 ** 17,
      compress: compressZstdPage,
      decompress: decompressZstdPage,
    },
  ],
  [7, { name: 'lz4_raw', maxRatio: 256, compress: compressLz4, decompress: decompressLz4 }],
]);

/** To be awaited before {@link compressBody} and {@link decompressBody}. */
export function pageCodecsReady(): Promise<void> {
  return zstdReady();
}

/** @throws Error where the codec is unknown. */
export function compressBody(codec: number, bytes: Uint8Array): Uint8Array {
  return codecOf(codec).compress(bytes);
}

/**
 * @param size - of the content in bytes, as the page's header says.
 * @throws NotRead where the codec is LZO; Error where it is unknown, or the bytes are damaged or of another size.
 */
export function decompressBody(codec: number, bytes: Uint8Array, size: number): Uint8Array {
  const { name, maxRatio, decompress } = codecOf(codec);
  // Nothing may be written as no bytes, which is no valid stream of any codec.
  if (size === 0) return new Uint8Array(0);
  if (size > bytes.length * maxRatio) {
    throw new Error(`${bytes.length} bytes of ${name} data cannot hold ${size}`);
  }
  let content: Uint8Array;
  try {
    content = decompress(bytes, size);
  } catch (cause) {
    throw new Error(`its ${name} data is damaged`, { cause });
  }
  if (content.length === size) return content;
  throw new Error(`its ${name} data holds ${content.length} bytes, its header says ${size}`);
}

/** CompressionCodec of parquet.thrift: {@link lzoNotRead}. */
export const lzo = 3;

/** A file is sound, but compressed with LZO. */
export function lzoNotRead(): NotRead {
  return new NotRead(
    'a column is compressed with LZO, which toedit cannot read; write the file again with another codec, such as zstd',
  );
}

function codecOf(codec: number): PageCodec {
  const found = codecs.get(codec);
  if (found !== undefined) return found;
  if (codec === lzo) throw lzoNotRead();
  throw new Error(`its compression codec is ${codec}, which does not exist`);
}

/** In memory that the collector knows of, which is also faster than memory of the addon's own. */
const options = { copyOutputData: true };

/** One raw Snappy block (format_description.txt). */
function compressSnappy(bytes: Uint8Array): Uint8Array {
  return snappyCompress(bytes, options);
}

/**
 * @param size - bytes of the content.
 * @throws Error where the block is damaged, or says that its content has another size: memory is taken by what it says.
 */
function decompressSnappy(block: Uint8Array, size: number): Uint8Array {
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

/**
 * WebAssembly's memory never shrinks: what is larger goes through fzstd, which is four times slower and gives it back. Pages
 * of DuckDB have up to 100 MB, of others 1 MB.
 */
const maxWasmBytes = 128 * 2 ** 20;

/** One zstd frame (RFC 8878 §3.1). */
function compressZstdPage(bytes: Uint8Array): Uint8Array {
  return compressZstd(bytes);
}

/**
 * @param size - bytes of the content.
 * @throws Error where the frame is damaged or its content has another size.
 */
function decompressZstdPage(bytes: Uint8Array, size: number): Uint8Array {
  const stated = frameContentSize(bytes);
  if (stated !== undefined && stated !== size) {
    throw new Error(`the zstd frame says that it holds ${stated} bytes`);
  }
  if (size <= maxWasmBytes) return decompressZstd(bytes, Math.max(1, size));
  return decompress(bytes, new Uint8Array(size));
}

/**
 * Frame_Content_Size (RFC 8878 §3.1.1.1.4), undefined where the frame does not state it. libzstd's binding takes memory of
 * that size without a question, and continues where there is none.
 */
function frameContentSize(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== 0xfd2fb528) throw new Error('it is no zstd frame');
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? view.getUint8(at) : undefined;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}

/**
 * What the deprecated codec LZ4 means is Hadoop's framing: blocks, each behind the size of its content and its own (4 bytes
 * each, the highest first). Hadoop's reader wants a block's content to fit its buffer of 256 KiB.
 */
const blockBytes = 128 * 2 ** 10;
const headerBytes = 8;

/** Frames the blocks as Hadoop does. */
function compressHadoopLz4(bytes: Uint8Array): Uint8Array {
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
function decompressHadoopLz4(bytes: Uint8Array, size: number): Uint8Array {
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

/** lz4-napi writes and wants the size of the content before the block. */
const sizeBytes = 4;

/** One LZ4 block (lz4_Block_format.md), as LZ4_RAW pages are. */
function compressLz4(bytes: Uint8Array): Uint8Array {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return lz4Compress(input).subarray(sizeBytes);
}

/**
 * @param size - bytes of the content at most.
 * @throws Error where the block is damaged or holds more.
 */
function decompressLz4(block: Uint8Array, size: number): Uint8Array {
  const input = Buffer.allocUnsafe(sizeBytes + block.length);
  input.writeUInt32LE(size, 0);
  input.set(block, sizeBytes);
  return lz4Uncompress(input);
}
