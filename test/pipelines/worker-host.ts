import { RecordBatch } from 'apache-arrow';
import type { WorkerOptions } from '#toedit/pipelines/worker/open-answers';
import { serveStreams, type WorkerReport } from '#toedit/pipelines/worker/serve-streams';
import { sliceRecordBatch } from '#toedit/src/arrow/concat/record-batches';
import { readArrowMessages } from '#toedit/src/arrow/ipc/decode-batches';
import { ipcWriter, registerIpcCodecs } from '#toedit/src/arrow/ipc/ipc-writer';
import { nextStream } from '#toedit/src/arrow/ipc/messages';
import { byteReader } from '#toedit/src/compression/byte-stream';

/** What a host does to a worker, and what it gets: the streams of responses, each as its record batches. */
export interface Served {
  readonly responses: readonly (readonly RecordBatch[])[];
  readonly report: WorkerReport;
}

/** The bytes of an Arrow stream of these batches, one message of it after the other. */
export async function requestBytes(batches: readonly RecordBatch[]): Promise<Uint8Array[]> {
  await registerIpcCodecs();
  const writer = ipcWriter('stream');
  const [{ schema } = {}] = batches;
  const bytes = batches.map((batch) => {
    const { data } = sliceRecordBatch(batch, 0, batch.numRows);
    return Buffer.concat(writer.write(new RecordBatch(schema ?? batch.schema, data)));
  });
  return [...bytes, Buffer.concat(writer.close())];
}

/** Serves requests in this process. */
export async function serve(
  input: AsyncIterable<Uint8Array>,
  options: WorkerOptions = {},
): Promise<Served> {
  const written: Uint8Array[] = [];
  const write = async (bytes: Uint8Array): Promise<void> => {
    written.push(Uint8Array.from(bytes));
  };
  const report = await serveStreams({ input, write }, options);
  return { responses: await responsesOf(written), report };
}

/** The record batches of the streams that these bytes are; of a stream without any, one of no rows. */
export async function responsesOf(written: readonly Uint8Array[]): Promise<RecordBatch[][]> {
  const bytes = byteReader(asyncOf(written));
  const streams: RecordBatch[][] = [];
  for (;;) {
    const messages = nextStream(bytes.take);
    const first = await messages.next();
    if (first.done === true) return streams;
    const all = async function* () {
      yield first.value;
      yield* messages;
    };
    streams.push(await collectAll(readArrowMessages(all(), { file: 'the response' })));
  }
}

/** The items one by one. */
export async function* asyncOf<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

/** All items of a stream. */
export async function collectAll<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Why a response has no rows; undefined where it is none of an error. */
export function errorOf(batch: RecordBatch | undefined): Record<string, unknown> | undefined {
  const text =
    batch?.metadata.get('toedit:error') ?? batch?.schema.metadata.get('toedit:error') ?? null;
  return text === null ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

/** What was counted in a response. */
export function countsOf(batch: RecordBatch): unknown {
  return JSON.parse(batch.metadata.get('toedit:counts') ?? 'null');
}
