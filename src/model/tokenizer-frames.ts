import type { Writable } from 'node:stream';

/** Where the tokenizer's process writes its answers: what a library prints must not come between them. */
export const answersDescriptor = 3;

/** What the tokenizer's process says on stderr before it ends itself for {@link mostProcessorMs}. */
export const outOfTime = 'toedit: out of processor time';

/**
 * Processor time that a call may take, in milliseconds: ten seconds, and a hundred times what usual tokenizers take. Time on the
 * clock would make a busy machine's texts fail.
 */
export function mostProcessorMs(textBytes: number): number {
  return 10_000 + textBytes / 100;
}

/** Reads the next frame; null once the stream has ended, be it in the middle of a frame. */
export type FrameReader = () => Promise<Uint8Array<ArrayBuffer> | null>;

/** A frame is its length, as a little-endian uint32, and its bytes. */
function frameOf(bytes: Uint8Array): readonly Uint8Array[] {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(bytes.length);
  return bytes.length === 0 ? [head] : [head, bytes];
}

const headBytes = 4;

/** Reads frames one after the other, chunk by chunk, so that a large one stalls nobody. */
export function frameReader(stream: AsyncIterable<Uint8Array>): FrameReader {
  const chunks = stream[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array();
  const take = async (length: number): Promise<Uint8Array<ArrayBuffer> | null> => {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (chunk.length === 0) {
        const next = await chunks.next();
        if (next.done === true) return null;
        chunk = next.value;
      }
      const part = chunk.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      chunk = chunk.subarray(part.length);
    }
    return bytes;
  };
  return async () => {
    const head = await take(headBytes);
    return head && take(new DataView(head.buffer).getUint32(0, true));
  };
}

/** Writes a call: how many frames it has, and these. */
export function writeCall(stream: Writable, parts: readonly Uint8Array[]): void {
  const count = new Uint8Array(Uint32Array.of(parts.length).buffer);
  const frames = [count, ...parts].flatMap(frameOf);
  const bytes = frames.reduce((sum, { length }) => sum + length, 0);
  if (bytes <= copiedBytes) stream.write(Buffer.concat(frames, bytes));
  else for (const frame of frames) stream.write(frame);
}

/** Up to this many, copying costs less than as many writes. */
const copiedBytes = 2 ** 20;

/** Reads what {@link writeCall} wrote; null once the stream has ended. */
export async function readCall(read: FrameReader): Promise<Uint8Array<ArrayBuffer>[] | null> {
  const head = await read();
  if (head === null) return null;
  const [count = 0] = new Uint32Array(head.buffer);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  while (parts.length < count) {
    const part = await read();
    if (part === null) return null;
    parts.push(part);
  }
  return parts;
}
