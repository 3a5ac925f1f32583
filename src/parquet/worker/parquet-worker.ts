import { parentPort } from 'node:worker_threads';
import { wasmMemory } from 'parquet-wasm';
import { openParquetFile, type ParquetFileReader } from './parquet-file-reader.ts';
import { createParquetFile, type ParquetFileWriter } from './parquet-file-writer.ts';
import type { ParquetAnswer, ParquetCalls, ParquetQuestion } from './parquet-messages.ts';

/** Answers {@link ParquetCalls} for one file at a time: the entry of a worker thread. */
let reader: ParquetFileReader | undefined;
let writer: ParquetFileWriter | undefined;
let writtenPath = '';

const events = { onReadError: refuse, onProgress: () => reply({ progress: true }) };

type Answers = {
  readonly [Kind in keyof ParquetCalls]: (
    question: ParquetCalls[Kind]['question'],
  ) => Promise<ParquetCalls[Kind]['answer']>;
};

const answers: Answers = {
  open: async ({ path }) => {
    reader = await openParquetFile(path, events);
    return { info: reader.info, schema: reader.schema() };
  },
  startRowGroup: async ({ index, batchRows }) => {
    await reader?.startRowGroup(index, batchRows);
    return null;
  },
  nextBatch: async () => (await reader?.nextBatch()) ?? null,
  create: async ({ path, layout }) => {
    writtenPath = path;
    writer = await createParquetFile(path, layout, events.onProgress);
    return null;
  },
  write: async ({ batch }) => {
    await writer?.write(batch);
    return null;
  },
  finish: async () => {
    const bytes = (await writer?.finish()) ?? 0;
    const written = await openParquetFile(writtenPath, events);
    await written.close();
    writer = undefined;
    return { bytes, info: written.info };
  },
  close: async () => {
    // parquet-wasm's type is one of browsers.
    const memory = wasmMemory() as { readonly buffer: ArrayBuffer };
    const isDone = writer === undefined && (reader?.isAtEnd() ?? true);
    await reader?.close();
    reader = undefined;
    return { isDone, memoryBytes: memory.buffer.byteLength };
  },
};

parentPort?.on('message', ({ kind, question }: ParquetQuestion) => {
  const answer = answers[kind] as (asked: unknown) => Promise<never>;
  answer(question).then(
    (value: ParquetCalls[keyof ParquetCalls]['answer']) => reply({ answer: value }),
    refuse,
  );
});

function reply(answer: ParquetAnswer): void {
  const bytes = 'answer' in answer && answer.answer instanceof Uint8Array ? [answer.answer] : [];
  parentPort?.postMessage(
    answer,
    bytes.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

function refuse(error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  const { code, syscall }: NodeJS.ErrnoException = failure;
  reply({ failure, system: syscall === undefined ? null : { code, syscall } });
}
