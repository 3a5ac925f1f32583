import { Message } from 'apache-arrow';
import { checkMetadata } from './check-metadata.ts';
import { requireReadTypes } from './require-read-types.ts';

/** One message of Arrow IPC, whole. */
export interface IpcMessage {
  readonly message: Message;
  readonly metadata: Uint8Array;
  readonly body: Uint8Array;
}

/** Reads the next bytes, fewer only at the end. */
export type ReadBytes = (length: number) => Promise<Uint8Array>;

const continuation = -1;
/** More than any schema needs: so damage asks for no memory. */
const maxMetadataBytes = 2 ** 28;

/**
 * Reads one message: marker, length, metadata, body. apache-arrow's own reader takes an input that ends inside the first
 * 8 bytes for whole.
 *
 * @returns undefined at the end marker, or at the end of the bytes.
 * @throws Error where the message is cut short or is none.
 */
export async function readIpcMessage(read: ReadBytes): Promise<IpcMessage | undefined> {
  const prefix = await read(8);
  if (prefix.length === 0) return undefined;
  if (prefix.length < 8) throw cutShort(8, prefix.length);
  const lengths = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (lengths.getInt32(0, true) !== continuation) throw new Error('a message has no marker');
  const metadataBytes = lengths.getInt32(4, true);
  if (metadataBytes === 0) return undefined;
  if (metadataBytes < 0 || metadataBytes > maxMetadataBytes) {
    throw new Error(`a message claims ${metadataBytes} bytes of metadata`);
  }
  const metadata = await readWhole(read, metadataBytes);
  checkMetadata(metadata, 'message');
  requireReadTypes(metadata, 'message');
  const message = Message.decode(metadata);
  return { message, metadata, body: await readWhole(read, bodyBytes(message)) };
}

function bodyBytes({ bodyLength }: Message): number {
  if (Number.isSafeInteger(bodyLength) && bodyLength >= 0) return bodyLength;
  throw new Error(`a message claims a body of ${bodyLength} bytes`);
}

async function readWhole(read: ReadBytes, length: number): Promise<Uint8Array> {
  const bytes = await read(length);
  if (bytes.length < length) throw cutShort(length, bytes.length);
  return bytes;
}

function cutShort(expected: number, found: number): Error {
  return new Error(`it is cut short: ${found} of ${expected} bytes of a message are there`);
}
