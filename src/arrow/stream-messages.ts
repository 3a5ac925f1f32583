import { type IpcMessage, readIpcMessage } from './ipc-message.ts';

/**
 * The messages of an Arrow IPC stream, up to its end marker or the end of the bytes; reads no further. The source is
 * ended with the iteration.
 *
 * @throws Error where the stream is cut short or is none.
 */
export async function* streamMessages(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<IpcMessage> {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  const read = async (length: number): Promise<Uint8Array> => {
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
  try {
    for (;;) {
      const message = await readIpcMessage(read);
      if (message === undefined) return;
      yield message;
    }
  } finally {
    await iterator.return?.();
  }
}
