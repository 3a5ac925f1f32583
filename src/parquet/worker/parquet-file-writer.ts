import { type FileHandle, open } from 'node:fs/promises';
import {
  Compression,
  type RecordBatch,
  Table,
  transformParquetStream,
  type WriterProperties,
  WriterPropertiesBuilder,
  WriterVersion,
} from 'parquet-wasm';
import type { ParquetCompression, ParquetLayout } from './parquet-messages.ts';

/** A Parquet file that is being written, within the worker. */
export interface ParquetFileWriter {
  /** Adds a record batch, an Arrow IPC stream of just one; resolves once the next one is wanted. */
  write(batch: Uint8Array): Promise<void>;
  /** Ends the file; resolves with its bytes. At least one batch has been added. */
  finish(): Promise<number>;
}

/** Begins to write a Parquet file, which must not exist; `onProgress` is called when bytes were written. */
export async function createParquetFile(
  path: string,
  layout: ParquetLayout,
  onProgress: () => void,
): Promise<ParquetFileWriter> {
  const handle = await open(path, 'wx');
  let wanted: () => void = () => undefined;
  let deliver: (batch: RecordBatch | undefined) => void = () => undefined;
  const batches = new ReadableStream<RecordBatch>(
    {
      pull: (controller) =>
        new Promise<void>((resolve) => {
          deliver = (batch) => {
            if (batch === undefined) controller.close();
            else controller.enqueue(batch);
            resolve();
          };
          wanted();
        }),
    },
    { highWaterMark: 0 },
  );
  const isWanted = (): Promise<void> =>
    new Promise((resolve) => {
      wanted = resolve;
    });
  let next = isWanted();
  const written = transformParquetStream(batches, propertiesOf(layout)).then((bytes) =>
    writeOut(bytes, handle, onProgress),
  );
  return {
    write: async (batch) => {
      await Promise.race([next, written]);
      next = isWanted();
      deliver(recordBatchOf(batch));
      await Promise.race([next, written]);
    },
    finish: async () => {
      deliver(undefined);
      return written;
    },
  };
}

/** WebAssembly's memory is given back at once: the collector does not see how much it is. */
function recordBatchOf(stream: Uint8Array): RecordBatch | undefined {
  const table = Table.fromIPCStream(stream);
  try {
    return table.recordBatch(0);
  } finally {
    table.free();
  }
}

async function writeOut(
  bytes: ReadableStream,
  handle: FileHandle,
  onProgress: () => void,
): Promise<number> {
  let total = 0;
  try {
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
      await handle.writeFile(chunk);
      onProgress();
      total += chunk.byteLength;
    }
  } finally {
    await handle.close();
  }
  return total;
}

const codecs: Readonly<Record<ParquetCompression, Compression>> = {
  none: Compression.UNCOMPRESSED,
  snappy: Compression.SNAPPY,
  gzip: Compression.GZIP,
  brotli: Compression.BROTLI,
  lz4: Compression.LZ4_RAW,
  zstd: Compression.ZSTD,
};

function propertiesOf(layout: ParquetLayout): WriterProperties {
  const builder = new WriterPropertiesBuilder()
    .setCompression(codecs[layout.compression])
    .setMaxRowGroupSize(layout.rowGroupRows)
    .setMaxRowGroupBytes(layout.rowGroupBytes)
    .setKeyValueMetadata(new Map(layout.metadata));
  if (layout.profile === 'standard') return builder.build();
  return builder.setWriterVersion(WriterVersion.V1).setDictionaryEnabled(false).build();
}
