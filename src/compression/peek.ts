/** The first bytes of a stream, and the whole stream. */
export interface Peeked {
  /** At least as long as was asked for, unless the stream is shorter. */
  readonly head: Uint8Array;
  /** To be read at once or not at all; ends the stream it came from. */
  readonly bytes: AsyncGenerator<Uint8Array, void>;
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

async function* resume(
  chunks: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* chunks;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
