import {
  AsyncByteQueue,
  CompressionType,
  compressionRegistry,
  Message,
  type RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type Schema,
  type Vector,
} from 'apache-arrow';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressZstd, zstdReady } from '../../compression/zstd.ts';
import { unzstdBuffer, zstdChecksumReady } from '../../compression/zstd-frame.ts';
import { concatData } from '../concat/concat-data.ts';
import { sliceRecordBatch } from '../concat/record-batches.ts';

/** The two Arrow IPC formats: `file` has a footer to find record batches by, `stream` can be read as it comes. */
export type ArrowFormat = 'file' | 'stream';

/** Writes Arrow IPC; what it gives are views of the batch's memory, to be written out before the next call. */
export interface IpcWriter {
  /** The bytes of a schema that is to come before there is a record batch; those that follow must have this very schema. */
  open(schema: Schema): readonly Uint8Array[];
  /** The bytes that a record batch adds, the schema's before the first. The batch's buffers start at offset 0. */
  write(batch: RecordBatch): readonly Uint8Array[];
  /** The bytes of the end. */
  close(): readonly Uint8Array[];
}

/** A writer of that format. With a compression, `registerIpcCodecs` must have been awaited. */
export function ipcWriter(format: ArrowFormat, compression: ArrowCompression = 'none'): IpcWriter {
  const compressionType = compressionTypes[compression];
  const Writer = format === 'file' ? FileWriter : StreamWriter;
  const writer = new Writer({ compressionType });
  const queue = new DrainedQueue();
  writer.reset(queue);
  return {
    open: (schema) => {
      writer.reset(queue, schema);
      return queue.drain();
    },
    write: (batch) => {
      writer.write(batch);
      return queue.drain();
    },
    close: () => {
      writer.close();
      return queue.drain();
    },
  };
}

const compressionTypes: Readonly<Record<ArrowCompression, CompressionType | null>> = {
  none: null,
  lz4: CompressionType.LZ4_FRAME,
  zstd: CompressionType.ZSTD,
};

/** apache-arrow's own ways out of its queue keep all of it, or wait for more. */
class DrainedQueue extends AsyncByteQueue {
  drain(): Uint8Array[] {
    return this._values.splice(0);
  }
}

interface CompressedBody {
  readonly buffers: ArrayBufferView[];
}

/**
 * apache-arrow 21.2 puts the compressed length before a compressed buffer, where the format has the uncompressed one
 * (Message.fbs, BodyCompressionMethod.BUFFER): pyarrow refuses to read that.
 */
function withTrueLengths<Body extends CompressedBody>(plain: ArrayBufferView[], body: Body): Body {
  for (const [index, { byteLength }] of plain.entries()) {
    const prefix = body.buffers[index * 2];
    if (prefix === undefined || prefix.byteLength !== 8) continue;
    const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
    if (view.getBigInt64(0, true) !== notCompressed) view.setBigInt64(0, BigInt(byteLength), true);
  }
  return body;
}

const notCompressed = -1n;

class FileWriter extends RecordBatchFileWriter {
  readonly #dictionaries = new Map<number, Vector>();

  /** apache-arrow leaves out the schema message that the format puts behind the magic (it is in the footer, too). */
  protected override _writeSchema(schema: Schema) {
    super._writeSchema(schema);
    return this._writeMessage(Message.from(schema));
  }

  /** A file has one dictionary a column. It may grow until the end, and not every reader takes the format's additions to it. */
  protected override _writeDictionaries(batch: RecordBatch) {
    for (const [id, dictionary] of batch.dictionaries) this.#dictionaries.set(id, dictionary);
    return this;
  }

  protected override _writeFooter(schema: Schema) {
    for (const [id, { data }] of this.#dictionaries) {
      const [first, ...rest] = data;
      if (first === undefined) continue;
      this._writeDictionaryBatch(rest.length === 0 ? first : concatData([first, ...rest]), id);
    }
    return super._writeFooter(schema);
  }

  protected override _compressBodyBuffers(buffers: ArrayBufferView[]) {
    return withTrueLengths(buffers, super._compressBodyBuffers(buffers));
  }
}

class StreamWriter extends RecordBatchStreamWriter {
  protected override _compressBodyBuffers(buffers: ArrayBufferView[]) {
    return withTrueLengths(buffers, super._compressBodyBuffers(buffers));
  }
}

/** How the buffers of Arrow IPC record batches are compressed. */
export const arrowCompressions = ['none', 'lz4', 'zstd'] as const;

/** One of {@link arrowCompressions}. */
export type ArrowCompression = (typeof arrowCompressions)[number];

let registered: Promise<void> | undefined;

/** Gives apache-arrow, which bundles none, its lz4 and zstd codecs. To be awaited before reading or writing. */
export function registerIpcCodecs(): Promise<void> {
  registered ??= register();
  return registered;
}

async function register(): Promise<void> {
  await zstdReady();
  await zstdChecksumReady();
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    encode: (bytes) => compressFrameSync(bufferOf(bytes)),
    decode: (bytes) => aligned(unlz4(bytes)),
  });
  compressionRegistry.set(CompressionType.ZSTD, {
    encode: compressZstd,
    decode: (bytes) => aligned(unzstdBuffer(bytes)),
  });
}

function unlz4(bytes: Uint8Array): Uint8Array {
  try {
    return decompressFrameSync(bufferOf(bytes));
  } catch (cause) {
    throw new Error('its lz4 data is damaged', { cause });
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Typed arrays are put over the bytes, which must begin at a multiple of 8. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
}

/** The bytes of an Arrow IPC stream of one record batch, in a buffer of its own that may be transferred. */
export function ipcStream(batch: RecordBatch): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.write(sliceRecordBatch(batch, 0, batch.numRows));
  writer.close();
  const bytes = writer.toUint8Array(true);
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  return isWhole ? bytes : bytes.slice();
}
