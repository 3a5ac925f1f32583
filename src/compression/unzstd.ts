import { Decompress } from 'fzstd';
import { damagedData, ToeditError } from '../errors.ts';
import { type ByteReader, byteReader } from './byte-stream.ts';
import {
  frameHeaderLength,
  frameHeaderOf,
  isSkippableFrame,
  isZstdFrame,
  maxBlockBytes,
  readBlockHeader,
  readFrameHeader,
  uintOf,
  withOwnWords,
  type ZstdFrameHeader,
  zstdChecksum,
  zstdChecksumReady,
} from './zstd-frame.ts';

/** The largest window that is held, which is zstd's own default too: fzstd moves all of it for each block. */
const maxWindowBytes = 128 * 1024 * 1024;

/** How many blocks are looked at where a frame declares a larger window, which a short one never fills. */
const maxBlocksAhead = 64;

/**
 * Decompresses zstd data of one frame or many, skippable ones included (RFC 8878 §3.1), and checks the size and the checksum of
 * each frame's content at its end, where the frame has them.
 *
 * @param name - of the file, for messages.
 * @throws ToeditError `FILE_CORRUPT` where the data is damaged or ends early; `UNSUPPORTED` where a window is larger than 128
 * MiB and so is the content, or may be; the errors of the stream pass.
 */
export async function* unzstd(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  await zstdChecksumReady();
  const bytes = byteReader(source);
  try {
    for (;;) {
      const magic = await bytes.take(4);
      if (magic.length === 0) return;
      if (isZstdFrame(magic)) yield* readFrame(bytes, name);
      else if (isSkippableFrame(magic)) await skipFrame(bytes, name);
      else
        throw damagedData(name, 'zstd', new Error('something else is where a frame should begin'));
    }
  } finally {
    await bytes.close();
  }
}

async function* readFrame(bytes: ByteReader, name: string): AsyncGenerator<Uint8Array, void> {
  const [descriptor = 0] = await takeAll(bytes, 1, name);
  const fields = await takeAll(bytes, frameHeaderLength(descriptor), name);
  const header = attempt(name, () => readFrameHeader(descriptor, fields));
  const { blocks, windowBytes } = await boundWindow(readBlocks(bytes, name), header, name);
  const { decode, size, digest } = frameDecoder(windowBytes, header);
  for await (const block of blocks) yield* attempt(name, () => decode(block));
  yield* attempt(name, () => decode(null));
  if (header.contentBytes !== null && size() !== header.contentBytes) {
    throw damagedData(
      name,
      'zstd',
      new Error(`a frame of ${header.contentBytes} bytes has ${size()}`),
    );
  }
  if (header.hasChecksum && uintOf(await takeAll(bytes, 4, name)) !== digest()) {
    throw damagedData(name, 'zstd', new Error("a content's checksum differs"));
  }
}

async function skipFrame(bytes: ByteReader, name: string): Promise<void> {
  const step = 64 * 1024;
  for (let left = uintOf(await takeAll(bytes, 4, name)); left > 0; left -= step) {
    await takeAll(bytes, Math.min(left, step), name);
  }
}

/** The blocks of a frame, each with its header. */
async function* readBlocks(bytes: ByteReader, name: string): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const head = await takeAll(bytes, 3, name);
    const { isLast, length } = attempt(name, () => readBlockHeader(head));
    yield Buffer.concat([head, await takeAll(bytes, length, name)]);
    if (isLast) return;
  }
}

interface BoundedFrame {
  readonly blocks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly windowBytes: number;
}

/** How much of the declared window the content can fill. */
async function boundWindow(
  blocks: AsyncGenerator<Uint8Array, void>,
  header: ZstdFrameHeader,
  name: string,
): Promise<BoundedFrame> {
  const windowBytes = Math.min(header.windowBytes, header.contentBytes ?? Number.POSITIVE_INFINITY);
  if (windowBytes <= maxWindowBytes) return { blocks, windowBytes };
  const ahead: Uint8Array[] = [];
  for await (const block of blocks) {
    if (ahead.push(block) > maxBlocksAhead) throw windowTooLarge(name, header.windowBytes);
  }
  return { blocks: ahead, windowBytes: maxBlocksAhead * maxBlockBytes };
}

interface FrameDecoder {
  /** What a block gives, or, after the last one, what is left. */
  readonly decode: (block: Uint8Array | null) => Uint8Array[];
  /** Of what was given so far. */
  readonly size: () => number;
  readonly digest: () => number;
}

/** fzstd gives at once all that a push decompresses to: a block at a time is 128 KiB at most. */
function frameDecoder(windowBytes: number, { hasChecksum }: ZstdFrameHeader): FrameDecoder {
  const checksum = zstdChecksum();
  const ready: Uint8Array[] = [];
  let size = 0;
  const decoder = new Decompress((content) => {
    if (content.length === 0) return;
    ready.push(content);
    size += content.length;
    if (hasChecksum) checksum.update(content);
  });
  decoder.push(frameHeaderOf(windowBytes));
  const decode = (block: Uint8Array | null): Uint8Array[] => {
    withOwnWords(() => {
      decoder.push(block ?? new Uint8Array(0), block === null);
    });
    return ready.splice(0);
  };
  return { decode, size: () => size, digest: checksum.digest };
}

async function takeAll(bytes: ByteReader, length: number, name: string): Promise<Uint8Array> {
  const taken = await bytes.take(length);
  if (taken.length < length) throw damagedData(name, 'zstd', new Error('it ends within a frame'));
  return taken;
}

function attempt<T>(name: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw damagedData(name, 'zstd', error);
  }
}

function windowTooLarge(name: string, windowBytes: number): ToeditError {
  const mebibytes = Math.ceil(windowBytes / 1024 / 1024);
  return new ToeditError(
    'UNSUPPORTED',
    `${name}: its zstd data has a window of ${mebibytes} MiB, and up to 128 MiB are read; compress it again without --long, or with --long=27`,
    { place: { file: name } },
  );
}
