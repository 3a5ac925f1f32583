import { wasmMemory } from 'parquet-wasm';
import { answerCalls, postFailure, postProgress } from '../../worker-protocol.ts';
import { openParquetFile, type ParquetFileReader } from './parquet-file-reader.ts';
import { createParquetFile, type ParquetFileWriter } from './parquet-file-writer.ts';
import type { ParquetCalls } from './parquet-messages.ts';

/** Answers {@link ParquetCalls} for one file at a time: the entry of a worker thread. */
let reader: ParquetFileReader | undefined;
let writer: ParquetFileWriter | undefined;
let writtenPath = '';

const events = { onReadError: postFailure, onProgress: postProgress };

answerCalls<ParquetCalls>(() => ({
  answers: {
    open: async ({ path }) => {
      reader = await openParquetFile(path, events);
      return { info: reader.info, schema: reader.schema() };
    },
    startRowGroup: async (question) => {
      await reader?.startRowGroup(question);
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
  },
  transferOf: (answer) => (answer instanceof Uint8Array ? [answer.buffer as ArrayBuffer] : []),
}));
