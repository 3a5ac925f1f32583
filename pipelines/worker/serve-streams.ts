import { RecordBatch, type Schema } from 'apache-arrow';
import { decodeApart } from '../../src/arrow/ipc/decode-apart.ts';
import { readArrowMessages } from '../../src/arrow/ipc/decode-batches.ts';
import { ipcWriter, registerIpcCodecs } from '../../src/arrow/ipc/ipc-writer.ts';
import { type IpcMessage, nextStream } from '../../src/arrow/ipc/messages.ts';
import { byteReader } from '../../src/compression/byte-stream.ts';
import { damagedFile, isFatal, reasonOf, ToeditError } from '../../src/errors.ts';
import { type AnswerBatch } from './answer-batch.ts';
import { inOrder } from './in-order.ts';
import { openAnswers, type WorkerOptions } from './open-answers.ts';
import { answerResponse, errorResponse, refusal } from './responses.ts';

/** Where requests come from, and where the responses go. */
export interface WorkerStreams {
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves once the bytes are on their way: until then no further ones are written. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
}

/** What a worker has done. */
export interface WorkerReport {
  readonly streams: number;
  readonly batches: number;
  readonly rows: number;
  /** Record batches, and whole streams, that were answered with an error. */
  readonly refused: number;
}

type Counting = { -readonly [Name in keyof WorkerReport]: number };

/**
 * Answers Arrow IPC streams, one after the other, with streams of as many record batches: docs/worker.md describes both. Resolves
 * at the end of the input.
 *
 * @throws what no further batch could be worked on after, once it is the last response: ToeditError of the options or the prior,
 * `FILE_CORRUPT` where the input is no Arrow stream, `ENGINE_DIED`; what `write` throws; the signal's reason.
 */
export async function serveStreams(
  { input, write }: WorkerStreams,
  options: WorkerOptions,
): Promise<WorkerReport> {
  await registerIpcCodecs();
  const report: Counting = { streams: 0, batches: 0, rows: 0, refused: 0 };
  const opened = await openAnswers(options).catch(async (error: unknown) => {
    await write(refusal(error));
    throw error;
  });
  await using _ = opened.prior;
  const bytes = byteReader(input);
  const worker = { ...opened, write, report, signal: options.signal };
  try {
    while (await serveNext(nextStream(bytes.take), worker)) report.streams++;
    options.signal?.throwIfAborted();
    return report;
  } finally {
    await bytes.close();
  }
}

interface Worker extends Pick<WorkerStreams, 'write'> {
  readonly answer: AnswerBatch;
  readonly report: Counting;
  readonly signal: AbortSignal | undefined;
}

/** Answers one stream; false where there is none. */
async function serveNext(messages: AsyncGenerator<IpcMessage>, worker: Worker): Promise<boolean> {
  const first = await messages.next().catch(async (cause: unknown) => {
    const error = damagedFile({ file: streamName }, reasonOf(cause), cause);
    await worker.write(refusal(error));
    throw error;
  });
  if (first.done === true) return false;
  const schema = await schemaOfAnswer(first.value, worker).catch((error: unknown) => {
    if (error instanceof ToeditError && !isFatal(error)) return error;
    throw error;
  });
  if (!(schema instanceof ToeditError)) await serveStream(first.value, schema, messages, worker);
  else {
    worker.report.refused++;
    await worker.write(refusal(schema));
    // What was sent before the refusal was read.
    while ((await messages.next()).done !== true);
  }
  return true;
}

/** What requests are called in errors. */
const streamName = 'the request';

/** The schema of what becomes of requests of a schema: that of none of their rows. */
async function schemaOfAnswer(message: IpcMessage, { answer, signal }: Worker): Promise<Schema> {
  const schemas = readArrowMessages(only(message), { file: streamName });
  const none: unknown = (await schemas.next()).value;
  if (!(none instanceof RecordBatch)) throw new TypeError('a schema gives a batch of no rows');
  return (await answer(none, { name: streamName, signal })).batch.schema;
}

async function* only(message: IpcMessage): AsyncGenerator<IpcMessage> {
  yield await Promise.resolve(message);
}

/** Requests that are worked on at once: the next one's texts are tokenized while the prior reads. */
const inFlight = 2;

async function serveStream(
  first: IpcMessage,
  schema: Schema,
  messages: AsyncGenerator<IpcMessage>,
  worker: Worker,
): Promise<void> {
  const writer = ipcWriter('stream');
  const writeOut = (chunks: readonly Uint8Array[]) => worker.write(Buffer.concat(chunks));
  await writeOut(writer.open(schema));
  const requests = decodeApart(first, messages, streamName);
  const respond = (request: RecordBatch | ToeditError) => responseTo(request, schema, worker);
  try {
    for await (const { batch, fatal } of inOrder(requests, inFlight, respond)) {
      await writeOut(writer.write(batch));
      if (fatal !== undefined) throw fatal;
    }
  } catch (error) {
    const isDamaged = error instanceof ToeditError && error.code === 'FILE_CORRUPT';
    if (isDamaged) await writeOut(writer.write(refused(error, schema, worker).batch));
    throw error;
  }
  await writeOut(writer.close());
}

interface Response {
  readonly batch: RecordBatch;
  /** What ends the worker once the response is written. */
  readonly fatal?: Error | undefined;
}

async function responseTo(
  request: RecordBatch | ToeditError,
  schema: Schema,
  worker: Worker,
): Promise<Response> {
  const { report, answer, signal } = worker;
  const name = `request ${report.batches++}`;
  if (request instanceof ToeditError) return refused(request, schema, worker);
  try {
    const answered = await answer(request, { name, signal });
    report.rows += request.numRows;
    return { batch: answerResponse(answered, schema) };
  } catch (error) {
    return refused(error, schema, worker);
  }
}

function refused(error: unknown, schema: Schema, { report, signal }: Worker): Response {
  report.refused++;
  const isLast = error instanceof Error && (isFatal(error) || signal?.aborted === true);
  return { batch: errorResponse(error, schema), fatal: isLast ? error : undefined };
}
