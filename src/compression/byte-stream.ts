/** The first bytes of a stream, and the whole stream. */
export interface Peeked {
  /** At least as long as was asked for, unless the stream is shorter. */
  readonly head: Uint8Array;
  /** Ends the stream it came from, even where it was not begun. */
  readonly bytes: AsyncIterableIterator<Uint8Array, void>;
}

/** Reads until `length` bytes are there. The errors of the stream pass. */
export async function peek(source: AsyncIterable<Uint8Array>, length: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size < length; ) {
    const next = await iterator.next();
    if (next.done === true) break;
    chunks.push(next.value);
    size += next.value.length;
  }
  return { head: Buffer.concat(chunks), bytes: resume(chunks, iterator) };
}

/** Not a generator: one that was not begun would not end the iterator. */
function resume(
  chunks: Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncIterableIterator<Uint8Array, void> {
  const end = { done: true, value: undefined } as const;
  return {
    async next() {
      const value = chunks.shift();
      if (value !== undefined) return { done: false, value };
      const next = await iterator.next();
      return next.done === true ? end : next;
    },
    async return() {
      await iterator.return?.();
      return end;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Takes the bytes of a stream in lengths of one's own choosing. */
export interface ByteReader {
  /** The next bytes, in a buffer of their own; fewer only where the stream ends. */
  readonly take: (length: number) => Promise<Uint8Array>;
  /** Ends the stream. */
  readonly close: () => Promise<void>;
}

/** Reads no further than what is taken, but for the rest of the last chunk. The errors of the stream pass. */
export function byteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  const take = async (length: number): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      if (rest.length === 0) {
        const next = await iterator.next();
        if (next.done === true) break;
        rest = next.value;
      }
      const taken = rest.subarray(0, missing);
      chunks.push(taken);
      missing -= taken.length;
      rest = rest.subarray(taken.length);
    }
    return Buffer.concat(chunks);
  };
  const close = async (): Promise<void> => {
    await iterator.return?.();
  };
  return { take, close };
}
