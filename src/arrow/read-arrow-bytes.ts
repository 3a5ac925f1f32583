import type { RecordBatch } from 'apache-arrow';
import { peek } from '../compression/peek.ts';
import { arrowFormatOf, arrowHeadBytes } from './arrow-format.ts';
import { type ArrowInput, notArrow } from './arrow-input.ts';
import { fileMessages, type RandomAccess } from './file-messages.ts';
import { readArrowMessages } from './read-arrow-messages.ts';
import { streamMessages } from './stream-messages.ts';

/**
 * Reads an Arrow IPC file or stream from its bytes; those of the file format are gathered in memory first, since its
 * footer is at the end.
 *
 * @throws ToeditError `FORMAT_UNKNOWN`, `FILE_CORRUPT` or `COLUMN_EXISTS`; errors of the source before its first batch.
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
      format === 'stream' ? streamMessages(bytes) : fileMessages(await gather(bytes, input.signal));
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
