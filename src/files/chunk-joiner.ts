/**
 * Joins chunks in one buffer that is used again and again; what it gives holds until the next call. A new buffer for each
 * record batch leaves the C heap in pieces, and the process grows with the corpus (`benchmarks/memory`).
 */
export function chunkJoiner(): (chunks: readonly Uint8Array[]) => Uint8Array {
  let buffer = new Uint8Array(0);
  return (chunks) => {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (buffer.length < length) buffer = new Uint8Array(2 * length);
    let at = 0;
    for (const chunk of chunks) {
      buffer.set(chunk, at);
      at += chunk.length;
    }
    return buffer.subarray(0, length);
  };
}
