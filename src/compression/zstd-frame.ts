import { decompress } from 'fzstd';
import xxhash, { type XXHashAPI } from 'xxhash-wasm';

/** What the header of a zstd frame says (RFC 8878 §3.1.1.1). */
export interface ZstdFrameHeader {
  /** How far back matches may reach. */
  readonly windowBytes: number;
  /** The size of the content; null where it was not known when the frame was begun. */
  readonly contentBytes: number | null;
  /** Whether the low 32 bits of the content's XXH64 follow the last block. */
  readonly hasChecksum: boolean;
}

/** The header of a block (RFC 8878 §3.1.1.2). */
export interface ZstdBlockHeader {
  readonly isLast: boolean;
  /** Of the data that follow these three bytes. */
  readonly length: number;
}

/** No block gives more. */
export const maxBlockBytes: number = 128 * 1024;

/** @param magic - the first four bytes of a frame. */
export function isZstdFrame(magic: Uint8Array): boolean {
  return uintOf(magic) === 0xfd2fb528;
}

/** @param magic - the first four bytes of a frame; its length follows, in four bytes. */
export function isSkippableFrame(magic: Uint8Array): boolean {
  return Math.floor(uintOf(magic) / 16) === 0x184d2a5;
}

/** How many bytes of a frame's header follow its descriptor, which is the byte behind the magic number. */
export function frameHeaderLength(descriptor: number): number {
  return partsOf(descriptor).reduce((sum, length) => sum + length, 0);
}

/**
 * Reads the header of a frame.
 *
 * @param fields - the bytes that follow the descriptor, as many as {@link frameHeaderLength} says.
 * @throws Error where a reserved bit is set or the frame needs a dictionary.
 */
export function readFrameHeader(descriptor: number, fields: Uint8Array): ZstdFrameHeader {
  if ((descriptor & 8) !== 0) throw new Error('a reserved bit of a frame header is set');
  const [windowAt, dictionaryAt, contentAt] = partsOf(descriptor);
  const dictionary = uintOf(fields.subarray(windowAt, windowAt + dictionaryAt));
  if (dictionary !== 0) throw new Error(`a frame needs dictionary ${dictionary}`);
  const size = uintOf(fields.subarray(windowAt + dictionaryAt));
  const contentBytes = contentAt === 0 ? null : size + (contentAt === 2 ? 256 : 0);
  const windowBytes = windowAt === 0 ? (contentBytes ?? 0) : windowOf(fields[0] ?? 0);
  return { windowBytes, contentBytes, hasChecksum: (descriptor & 4) !== 0 };
}

/**
 * Reads the header of a block.
 *
 * @param header - three bytes.
 * @throws Error where its type is reserved or it is larger than blocks can be.
 */
export function readBlockHeader(header: Uint8Array): ZstdBlockHeader {
  const value = uintOf(header);
  const [type, size] = [(value >> 1) & 3, value >> 3];
  if (type === 3) throw new Error('a block is of a reserved type');
  if (size > maxBlockBytes) throw new Error(`a block of ${size} bytes is too large`);
  return { isLast: (value & 1) === 1, length: type === 1 ? 1 : size };
}

/** The shortest header of a frame with a window of at least that size, and with neither content size nor checksum. */
export function frameHeaderOf(windowBytes: number): Uint8Array {
  let descriptor = 0;
  while (windowOf(descriptor) < windowBytes) descriptor += 1;
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, descriptor);
}

/** An unsigned integer, little-endian. */
export function uintOf(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

/** The lengths of window descriptor, dictionary id and content size. */
function partsOf(descriptor: number): readonly [number, number, number] {
  const isSingleSegment = (descriptor & 32) !== 0;
  const sizeFlag = descriptor >> 6;
  const contentLength = sizeFlag === 0 ? Number(isSingleSegment) : 2 ** sizeFlag;
  return [Number(!isSingleSegment), [0, 1, 2, 4][descriptor & 3] ?? 0, contentLength];
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

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

/**
 * Decompresses zstd data of one frame or many that is in memory as a whole, and checks the checksums of the contents that have
 * one. `zstdChecksumReady` is to be awaited first.
 *
 * @throws Error where the data is damaged or ends early.
 */
export function unzstdBuffer(bytes: Uint8Array): Uint8Array {
  const contents: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { end, hasChecksum } = frameAt(bytes, at);
    const content = withOwnWords(() => decompress(bytes.subarray(at, end)));
    if (hasChecksum) verify(content, bytes.subarray(end - 4, end));
    contents.push(content);
    at = end;
  }
  const [first = new Uint8Array(0)] = contents;
  return contents.length > 1 ? Buffer.concat(contents) : first;
}

/** Does what fzstd does, whose errors tell of its tables. */
export function withOwnWords<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new Error('a block cannot be decompressed', { cause });
  }
}

/**
 * How many bytes zstd data that is in memory as a whole decompresses to at most: what its frames state, or 128 KiB a block.
 *
 * @throws Error as {@link unzstdBuffer}.
 */
export function unzstdBound(bytes: Uint8Array): number {
  let bound = 0;
  for (let at = 0; at < bytes.length; ) {
    const { end, mostBytes } = frameAt(bytes, at);
    bound += mostBytes;
    at = end;
  }
  return bound;
}

function verify(content: Uint8Array, expected: Uint8Array): void {
  const checksum = zstdChecksum();
  checksum.update(content);
  if (checksum.digest() !== uintOf(expected)) throw new Error("a content's zstd checksum differs");
}

interface FrameInMemory {
  readonly end: number;
  readonly hasChecksum: boolean;
  /** Of its content. */
  readonly mostBytes: number;
}

function frameAt(bytes: Uint8Array, start: number): FrameInMemory {
  const magic = bytes.subarray(start, start + 4);
  if (isSkippableFrame(magic)) {
    const end = start + 8 + uintOf(bytes.subarray(start + 4, start + 8));
    if (end > bytes.length) throw new Error('a zstd frame ends early');
    return { end, hasChecksum: false, mostBytes: 0 };
  }
  if (!isZstdFrame(magic)) throw new Error('something else is where a zstd frame should begin');
  const descriptor = bytes[start + 4] ?? 0;
  const blocksAt = start + 5 + frameHeaderLength(descriptor);
  const fields = bytes.subarray(start + 5, blocksAt);
  const { hasChecksum, contentBytes } = readFrameHeader(descriptor, fields);
  const blocks = blocksIn(bytes, blocksAt);
  const end = blocks.end + (hasChecksum ? 4 : 0);
  if (end > bytes.length) throw new Error('a zstd frame ends early');
  return { end, hasChecksum, mostBytes: contentBytes ?? blocks.count * maxBlockBytes };
}

function blocksIn(bytes: Uint8Array, start: number): { end: number; count: number } {
  let count = 0;
  for (let at = start; at + 3 <= bytes.length; ) {
    const { isLast, length } = readBlockHeader(bytes.subarray(at, at + 3));
    at += 3 + length;
    count++;
    if (isLast) return { end: at, count };
  }
  throw new Error('a zstd frame ends early');
}
