import { Message, RecordBatchReader } from 'apache-arrow';
import { arrowHeadBytes, arrowTailBytes, checkArrowTail } from './arrow-format.ts';
import { checkMetadata } from './check-metadata.ts';
import { type FlatVector, flatTable, flatVector } from './flatbuffer.ts';
import { type IpcMessage, type ReadBytes, readIpcMessage } from './ipc-message.ts';
import { requireReadTypes } from './require-read-types.ts';

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
 * @throws Error where the file is cut short or damaged.
 */
export async function* fileMessages(file: RandomAccess): AsyncGenerator<IpcMessage> {
  const footer = await readFooter(file);
  yield schemaOf(footer);
  for (const slot of [dictionariesSlot, recordBatchesSlot]) {
    for (const position of blocksOf(footer, slot)) yield await messageAt(file, position);
  }
}

async function readFooter(file: RandomAccess): Promise<Uint8Array> {
  const tailStart = Math.max(0, file.size - arrowTailBytes);
  const length = checkArrowTail(await file.readAt(tailStart, arrowTailBytes), file.size);
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

async function messageAt(file: RandomAccess, start: number): Promise<IpcMessage> {
  if (start < arrowHeadBytes || start >= file.size) throw pointsOutside();
  let position = start;
  const read: ReadBytes = async (length) => {
    const bytes = await file.readAt(position, Math.min(length, file.size - position));
    position += bytes.length;
    return bytes;
  };
  const message = await readIpcMessage(read);
  if (message === undefined) throw pointsOutside();
  return message;
}

function pointsOutside(): Error {
  return new Error('its footer points at no message');
}
