import { Message, RecordBatchReader } from 'apache-arrow';
import { byteReader } from '../../compression/byte-stream.ts';
import { TooLarge } from '../../errors.ts';
import type { ArrowFormat } from './ipc-writer.ts';
import { checkMetadata, type FlatVector, flatTable, flatVector } from './message-metadata.ts';
import { requireReadTypes } from './unread-types.ts';

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
async function readIpcMessage(
  read: ReadBytes,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<IpcMessage | undefined> {
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
  requireRoom(metadataBytes, mostBytes);
  const metadata = await readWhole(read, metadataBytes);
  checkMetadata(metadata, 'message');
  requireReadTypes(metadata, 'message');
  const message = decodeMessage(metadata);
  const length = bodyBytes(message);
  requireRoom(length, mostBytes);
  return { message, metadata, body: await readWhole(read, length) };
}

function requireRoom(bytes: number, most: number): void {
  if (bytes > most) throw new TooLarge('a message', { bytes, most });
}

function decodeMessage(metadata: Uint8Array): Message {
  try {
    return Message.decode(metadata);
  } catch (cause) {
    throw new Error('the metadata of a message cannot be decoded', { cause });
  }
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

/**
 * The messages of an Arrow IPC stream, up to its end marker or the end of the bytes; what follows the marker stays unread.
 *
 * @param mostBytes - of a message's metadata, and of its body, before they are read. @defaultValue no bound
 * @throws Error where the stream is cut short or is none; TooLarge.
 */
export async function* nextStream(
  read: ReadBytes,
  mostBytes?: number,
): AsyncGenerator<IpcMessage, void, undefined> {
  for (;;) {
    const message = await readIpcMessage(read, mostBytes);
    if (message === undefined) return;
    yield message;
  }
}

/**
 * The messages of an Arrow IPC stream, as of {@link nextStream}. The source is ended with the iteration.
 *
 * @throws Error where the stream is cut short or is none; TooLarge.
 */
export async function* streamMessages(
  source: AsyncIterable<Uint8Array>,
  mostBytes?: number,
): AsyncGenerator<IpcMessage> {
  const bytes = byteReader(source);
  try {
    yield* nextStream(bytes.take, mostBytes);
  } finally {
    await bytes.close();
  }
}

/** Bytes that can be read at any place. */
export interface RandomAccess {
  readonly size: number;
  /** The bytes from a position on, fewer only at the end. */
  readAt(position: number, length: number): Promise<Uint8Array>;
}

/** Slots of a Footer, and layout of its Blocks (File.fbs). */
const dictionariesSlot = 2;
const recordBatchesSlot = 3;
const blockBytes = 24;

/**
 * The messages of an Arrow IPC file as a stream would have them: schema, then all dictionaries, then the record batches
 * in the order of the footer.
 *
 * @param mostBytes - as of {@link streamMessages}; of the footer, too.
 * @throws Error where the file is cut short or damaged; TooLarge.
 */
export async function* fileMessages(
  file: RandomAccess,
  mostBytes?: number,
): AsyncGenerator<IpcMessage> {
  const footer = await readFooter(file, mostBytes);
  yield schemaOf(footer);
  for (const slot of [dictionariesSlot, recordBatchesSlot]) {
    for (const position of blocksOf(footer, slot)) {
      yield await messageAt(file, position, mostBytes);
    }
  }
}

async function readFooter(file: RandomAccess, mostBytes?: number): Promise<Uint8Array> {
  const tailStart = Math.max(0, file.size - arrowTailBytes);
  const length = checkArrowTail(await file.readAt(tailStart, arrowTailBytes), file.size);
  requireRoom(length, mostBytes ?? length);
  const footer = await file.readAt(tailStart - length, length);
  checkMetadata(footer, 'footer');
  requireReadTypes(footer, 'footer');
  return footer;
}

/** The footer's schema as a message: files that apache-arrow wrote have no other, and it decodes none but a file's. */
function schemaOf(footer: Uint8Array): IpcMessage {
  const magic = Buffer.from('ARROW1');
  const length = Buffer.from(Int32Array.of(footer.length).buffer);
  const file = Buffer.concat([magic, Buffer.alloc(2), withoutBlocks(footer), length, magic]);
  const { schema } = RecordBatchReader.from(file).open();
  const message = Message.from(schema);
  return { message, metadata: Message.encode(message), body: new Uint8Array(0) };
}

function withoutBlocks(footer: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(footer);
  for (const slot of [dictionariesSlot, recordBatchesSlot]) {
    const blocks = vectorOf(copy, slot);
    if (blocks !== undefined) viewOf(copy).setInt32(blocks.start - 4, 0, true);
  }
  return copy;
}

function blocksOf(footer: Uint8Array, slot: number): number[] {
  const { start, length } = vectorOf(footer, slot) ?? { start: 0, length: 0 };
  const view = viewOf(footer);
  return Array.from({ length }, (_, i) => Number(view.getBigInt64(start + i * blockBytes, true)));
}

function vectorOf(footer: Uint8Array, slot: number): FlatVector | undefined {
  const view = viewOf(footer);
  const position = flatTable(view).slot(slot);
  return position === undefined ? undefined : flatVector(view, position, blockBytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function messageAt(
  file: RandomAccess,
  start: number,
  mostBytes: number | undefined,
): Promise<IpcMessage> {
  if (start < arrowHeadBytes || start >= file.size) throw pointsOutside();
  let position = start;
  const read: ReadBytes = async (length) => {
    const bytes = await file.readAt(position, Math.min(length, file.size - position));
    position += bytes.length;
    return bytes;
  };
  const message = await readIpcMessage(read, mostBytes);
  if (message === undefined) throw pointsOutside();
  return message;
}

function pointsOutside(): Error {
  return new Error('its footer points at no message');
}

/** Bytes that {@link arrowFormatOf} looks at. */
export const arrowHeadBytes = 8;

const magic = 'ARROW1';

/**
 * The Arrow IPC format of a file by its first 8 bytes; undefined where it is neither. Streams of before Arrow 0.15
 * (2019), which lack the marker 0xFFFFFFFF, are not recognised.
 */
export function arrowFormatOf(head: Uint8Array): ArrowFormat | undefined {
  if (isArrowMagic(head.subarray(0, magic.length))) return 'file';
  return head.length >= 4 && head.subarray(0, 4).every((byte) => byte === 0xff)
    ? 'stream'
    : undefined;
}

/** True of the six bytes that a file of the file format begins and ends with. */
function isArrowMagic(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString('latin1') === magic;
}

/** Bytes that {@link checkArrowTail} looks at. */
const arrowTailBytes = 10;

/**
 * Checks the last 10 bytes of a file of the file format.
 *
 * @returns the bytes of the footer before them.
 * @throws Error saying what is wrong.
 */
function checkArrowTail(tail: Uint8Array, size: number): number {
  if (tail.length < arrowTailBytes || !isArrowMagic(tail.subarray(4))) {
    throw new Error('it is cut short: it does not end with its footer');
  }
  const footerBytes = new DataView(tail.buffer, tail.byteOffset, 4).getInt32(0, true);
  if (footerBytes > 0 && footerBytes + arrowHeadBytes + arrowTailBytes <= size) return footerBytes;
  throw new Error(`its footer claims ${footerBytes} of the file's ${size} bytes`);
}
