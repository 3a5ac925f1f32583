import type { RecordBatch } from 'apache-arrow';
import { ToeditError } from '../../errors.ts';
import { readArrowMessages } from './decode-batches.ts';
import type { IpcMessage } from './messages.ts';

/**
 * Decodes the record batches of a stream, each apart: one that is damaged is an error in its place, and the ones behind it are
 * decoded all the same.
 *
 * @param schema - the stream's first message.
 * @param source - the messages that follow; not ended with the iteration.
 * @param file - what errors call the stream.
 * @throws what the source throws; Error where one of its messages is neither a record batch nor a dictionary.
 */
export async function* decodeApart(
  schema: IpcMessage,
  source: AsyncIterator<IpcMessage>,
  file: string,
): AsyncGenerator<RecordBatch | ToeditError> {
  const feed = feedOf(schema, source);
  for (let isWhole = false; !isWhole; ) {
    try {
      yield* feed.batches(file);
      isWhole = true;
    } catch (error) {
      if (!(await feed.skipBatch(error))) return;
      yield error as ToeditError;
    }
  }
}

/** The messages of a stream, for one decoder after the other. */
interface Feed {
  /** Decodes what comes, up to the first record batch that is damaged. */
  batches(file: string): AsyncGenerator<RecordBatch>;
  /**
   * Reads on to the end of the record batch message that an error of the decoder means.
   *
   * @returns false where none is left.
   * @throws the error where it is none of a record batch's.
   */
  skipBatch(error: unknown): Promise<boolean>;
}

function feedOf(schema: IpcMessage, source: AsyncIterator<IpcMessage>): Feed {
  let dictionaries: readonly IpcMessage[] = [];
  let last: IpcMessage | undefined;
  let batches = 0;
  let isBroken = false;
  const next = async (): Promise<IpcMessage | undefined> => {
    isBroken = true;
    const { done, value } = await source.next();
    if (done !== true) requireKind(value);
    isBroken = false;
    if (done === true) return undefined;
    if (value.message.isRecordBatch()) batches++;
    else dictionaries = withDictionary(dictionaries, value);
    last = value;
    return value;
  };
  const messages = async function* (): AsyncGenerator<IpcMessage> {
    yield schema;
    yield* dictionaries;
    for (let message = await next(); message !== undefined; message = await next()) yield message;
  };
  return {
    async *batches(file) {
      const firstBatch = batches;
      for await (const batch of readArrowMessages(messages(), { file, firstBatch })) {
        // Of a stream without record batches, apache-arrow gives one of no rows.
        if (batches > firstBatch) yield batch;
      }
    },
    async skipBatch(error) {
      if (isBroken || last === undefined || !(error instanceof ToeditError)) throw error;
      const damaged = last;
      if (damaged.message.isRecordBatch()) return true;
      dictionaries = dictionaries.filter((message) => message !== damaged);
      // The record batch that the dictionary was for comes to nothing with it.
      for (let message = await next(); message !== undefined; message = await next()) {
        if (message.message.isRecordBatch()) return true;
      }
      return false;
    },
  };
}

function requireKind({ message }: IpcMessage): void {
  if (message.isRecordBatch() || message.isDictionaryBatch()) return;
  throw new Error('a message is neither a record batch nor a dictionary');
}

/** A dictionary takes the place of the one before, unless it adds to it. */
function withDictionary(before: readonly IpcMessage[], added: IpcMessage): readonly IpcMessage[] {
  const { id, isDelta } = dictionaryOf(added);
  if (isDelta) return [...before, added];
  return [...before.filter((message) => dictionaryOf(message).id !== id), added];
}

function dictionaryOf({ message }: IpcMessage): { readonly id: number; readonly isDelta: boolean } {
  if (!message.isDictionaryBatch()) throw new TypeError('not a dictionary');
  const { id, isDelta } = message.header();
  return { id, isDelta };
}
