/** How large an input is, and how much of it was read last. */
export interface InputExtent {
  /** Of a member of an archive, in the archive; null of a file, which is all of its task. */
  readonly compressedBytes: number | null;
  /** Null where it is not known how many of them are read. */
  readonly bytes: number | null;
  bytesRead: number;
}

/** Begins to count; the function it returns is called with the number of bytes of each read. */
export function counter(extent: InputExtent): (bytes: number) => void {
  extent.bytesRead = 0;
  return (bytes) => {
    extent.bytesRead += bytes;
  };
}

/** The same bytes, counted as they are read. */
export async function* countBytes(
  source: AsyncIterable<Uint8Array>,
  extent: InputExtent,
): AsyncGenerator<Uint8Array> {
  const count = counter(extent);
  for await (const chunk of source) {
    count(chunk.length);
    yield chunk;
  }
}
