import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { type ArrowInput, arrowDamage } from './arrow-input.ts';
import { checkLengths } from './check-lengths.ts';
import { checkedBatch } from './checked-batch.ts';
import { registerIpcCodecs } from './ipc-codecs.ts';
import type { IpcMessage } from './ipc-message.ts';
import { assertUniqueColumns } from './unique-columns.ts';

/**
 * Decodes the messages of Arrow IPC, one record batch at a time. Where there is none, one of no rows is given.
 *
 * @throws ToeditError `FILE_CORRUPT` (with the record batch) or `COLUMN_EXISTS`; ToeditErrors of the source as they are.
 */
export async function* readArrowMessages(
  messages: AsyncGenerator<IpcMessage>,
  { file, signal }: ArrowInput,
): AsyncGenerator<RecordBatch> {
  await registerIpcCodecs();
  let recordBatch: number | undefined;
  try {
    const reader = await (await RecordBatchReader.from(checkedBytes(messages))).open();
    if (reader.closed) throw new Error('it has no schema');
    assertUniqueColumns(reader.schema, file);
    for (recordBatch = 0; ; recordBatch++) {
      signal?.throwIfAborted();
      const next = await reader.next();
      if (next.done === true) return;
      yield checkedBatch(next.value);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw arrowDamage({ file, recordBatch }, error);
  } finally {
    await messages.return(undefined);
  }
}

/** The messages as bytes again, the body apart so that apache-arrow need not copy it. */
async function* checkedBytes(messages: AsyncGenerator<IpcMessage>): AsyncGenerator<Uint8Array> {
  let schema: Schema | undefined;
  for await (const { message, metadata, body } of messages) {
    if (message.isSchema()) schema ??= message.header();
    if (schema === undefined) throw new Error('it does not begin with its schema');
    checkLengths(message, schema);
    const prefix = Buffer.from(Int32Array.of(-1, metadata.length).buffer);
    yield Buffer.concat([prefix, metadata]);
    if (body.length > 0) yield body;
  }
}
