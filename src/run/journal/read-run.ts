import type { RecordBatch } from 'apache-arrow';
import type { IpcMessage } from '../../arrow/ipc-message.ts';
import { readArrowMessages } from '../../arrow/read-arrow-messages.ts';
import { corruptFile } from '../../files/damaged-file.ts';
import { committedParts } from './committed-parts.ts';
import type { Run } from './plan-replay.ts';

/**
 * Decodes the record batches of a run, one at a time, under the segment's own schema.
 *
 * @throws ToeditError `FILE_UNREADABLE`, or `FILE_CORRUPT` where they are no longer all there.
 */
export function readRun(run: Run): AsyncGenerator<RecordBatch> {
  return readArrowMessages(messagesOf(run), { file: run.path });
}

/** The messages of a stream that has just the run's record batches, with all dictionaries up to them. */
async function* messagesOf({ path, first, batches }: Run): AsyncGenerator<IpcMessage> {
  const end = first + batches.length;
  let index = 0;
  for await (const { messages } of committedParts(path)) {
    for (const message of messages) {
      const isBatch = message.message.isRecordBatch();
      if (!isBatch || index >= first) yield message;
      if (isBatch) index++;
    }
    if (index === end) return;
  }
  const problem = ` no longer holds record batch ${index}, which was committed`;
  const remedy = 'run the same command again to make it anew';
  throw corruptFile({ file: path, recordBatch: index }, `${problem}; ${remedy}`);
}
