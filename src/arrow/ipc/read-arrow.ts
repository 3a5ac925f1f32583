import { type FileHandle } from 'node:fs/promises';
import type { RecordBatch } from 'apache-arrow';
import { peek } from '../../compression/byte-stream.ts';
import { openRegular } from '../../files/open-regular.ts';
import { fileUnreadable, readBytes } from '../../files/read-bytes.ts';
import { type ArrowInput, notArrow, readArrowMessages } from './decode-batches.ts';
import {
  arrowFormatOf,
  arrowHeadBytes,
  fileMessages,
  type RandomAccess,
  streamMessages,
} from './messages.ts';

/**
 * Reads an Arrow IPC file or stream from its bytes; those of the file format are gathered in memory first, since its
 * footer is at the end.
 *
 * @throws ToeditError `FORMAT_UNKNOWN`, `FILE_CORRUPT`, `UNSUPPORTED` or `COLUMN_EXISTS`; errors of the source before its first batch.
 */
export async function* readArrowBytes(
  source: AsyncIterable<Uint8Array>,
  input: ArrowInput,
): AsyncGenerator<RecordBatch> {
  const { head, bytes } = await peek(source, arrowHeadBytes);
  try {
    const format = arrowFormatOf(head);
    if (format === undefined) throw notArrow(input.file, head.subarray(0, arrowHeadBytes));
    const messages =
      format === 'stream'
        ? streamMessages(bytes, input.maxBatchBytes)
        : fileMessages(await gather(bytes, input.signal), input.maxBatchBytes);
    yield* readArrowMessages(messages, input);
  } finally {
    await bytes.return?.();
  }
}

async function gather(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<RandomAccess> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  const readAt = (position: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(whole.subarray(position, position + length));
  return { size: whole.length, readAt };
}

/**
 * Reads an Arrow IPC file or stream by its path.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `FILE_CORRUPT`, `UNSUPPORTED` or `COLUMN_EXISTS`.
 */
export async function* readArrowFile(input: ArrowInput): AsyncGenerator<RecordBatch> {
  const { file, onRead } = input;
  const head = await headOf(file);
  const format = arrowFormatOf(head);
  if (format === undefined) throw notArrow(file, head);
  const most = input.maxBatchBytes;
  if (format === 'stream') {
    const bytes = noted(readBytes(file), onRead);
    return yield* readArrowMessages(streamMessages(bytes, most), input);
  }
  const handle = await openFile(file);
  try {
    yield* readArrowMessages(fileMessages(await accessTo(handle, input), most), input);
  } finally {
    await handle.close();
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await openRegular(file);
  } catch (error) {
    throw fileUnreadable(file, error);
  }
}

async function headOf(file: string): Promise<Uint8Array> {
  for await (const head of readBytes(file, { length: arrowHeadBytes })) return head;
  return new Uint8Array(0);
}

async function* noted(
  source: AsyncIterable<Uint8Array>,
  onRead: ArrowInput['onRead'],
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    onRead?.(chunk.length);
    yield chunk;
  }
}

async function accessTo(handle: FileHandle, { file, onRead }: ArrowInput): Promise<RandomAccess> {
  const { size } = await handle.stat();
  const readAt = async (position: number, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const rest = { offset: filled, length: length - filled, position: position + filled };
      const { bytesRead } = await handle.read(bytes, rest).catch((error: unknown) => {
        throw fileUnreadable(file, error);
      });
      if (bytesRead === 0) return bytes.subarray(0, filled);
      filled += bytesRead;
      onRead?.(bytesRead);
    }
    return bytes;
  };
  return { size, readAt };
}
