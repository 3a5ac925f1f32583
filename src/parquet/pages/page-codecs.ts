import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gzipSync,
  unzipSync,
} from 'node:zlib';
import { zstdReady } from '../../compression/zstd.ts';
import { compressLz4, decompressLz4 } from './lz4-block.ts';
import { compressHadoopLz4, decompressHadoopLz4 } from './lz4-hadoop.ts';
import { compressSnappy, decompressSnappy } from './snappy-block.ts';
import { compressZstdPage, decompressZstdPage } from './zstd-page.ts';

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
  [0, { name: 'no', maxRatio: 1, compress: (bytes) => bytes, decompress: (bytes) => bytes }],
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
 * @throws Error where the codec is unknown, or the bytes are damaged or of another size.
 */
export function decompressBody(codec: number, bytes: Uint8Array, size: number): Uint8Array {
  const { name, maxRatio, decompress } = codecOf(codec);
  // Nothing may be written as no bytes, which is no valid stream of any codec.
  if (size === 0) return new Uint8Array(0);
  if (size > bytes.length * maxRatio) {
    throw new Error(`${bytes.length} bytes of ${name} compression cannot hold ${size}`);
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

function codecOf(codec: number): PageCodec {
  const found = codecs.get(codec);
  if (found !== undefined) return found;
  throw new Error(
    `its compression codec is ${codec === 3 ? 'LZO' : codec}, which toedit cannot read`,
  );
}
