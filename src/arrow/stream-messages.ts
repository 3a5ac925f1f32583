import { byteReader } from '../compression/byte-reader.ts';
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
  const bytes = byteReader(source);
  try {
    for (;;) {
      const message = await readIpcMessage(bytes.take);
      if (message === undefined) return;
      yield message;
    }
  } finally {
    await bytes.close();
  }
}
