import { crc32 } from 'node:zlib';
import type { IpcMessage } from '../../arrow/ipc-message.ts';
import { streamMessages } from '../../arrow/stream-messages.ts';
import { readBytes } from '../../files/read-bytes.ts';
import { type Commit, commitKey, openCommit } from './commit-record.ts';

/** What one commit record commits: the messages since the one before it. */
export interface CommittedPart extends Commit {
  /** The schema, in the first part; dictionaries; last the record batch, if there is one. */
  readonly messages: readonly IpcMessage[];
}

/**
 * The parts of a segment that are committed, each whole and right; the first that is not ends them.
 *
 * @throws ToeditError `FILE_UNREADABLE`; Error where the bytes after the last committed part are no Arrow IPC.
 */
export async function* committedParts(path: string): AsyncGenerator<CommittedPart> {
  let messages: IpcMessage[] = [];
  let crc = 0;
  for await (const message of streamMessages(readBytes(path))) {
    const sealed = message.message.metadata.get(commitKey);
    if (sealed !== undefined) {
      const commit = openCommit(sealed, crc);
      if (commit === undefined) return;
      yield { ...commit, messages };
      messages = [];
    } else messages.push(message);
    crc = crcOf(message, crc);
  }
}

/** Of the message's bytes as they lie in the stream. */
function crcOf({ metadata, body }: IpcMessage, crc: number): number {
  const prefix = Int32Array.of(-1, metadata.length);
  return crc32(body, crc32(metadata, crc32(prefix, crc)));
}
