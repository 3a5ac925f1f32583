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
