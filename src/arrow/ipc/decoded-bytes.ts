import { CompressionType, type Message } from 'apache-arrow';
import { lz4FrameBound } from '../../compression/lz4-frame.ts';
import { unzstdBound } from '../../compression/zstd-frame.ts';
import { TooLarge } from '../../errors.ts';

/** Before each compressed buffer (Message.fbs, BodyCompressionMethod.BUFFER): its length once it is decompressed. */
const prefixBytes = 8;

/**
 * Makes sure that what a record batch or dictionary decompresses to is no more than that.
 *
 * @throws TooLarge
 */
export function requireRoom(message: Message, body: Uint8Array, most: number): void {
  if (!message.isRecordBatch() && !message.isDictionaryBatch()) return;
  const what = message.isRecordBatch() ? 'a record batch' : 'a dictionary';
  const bytes = decodedBytes(message, body);
  if (bytes > most) throw new TooLarge(what, { bytes, most });
}

function decodedBytes(message: Message, body: Uint8Array): number {
  const header = message.header();
  const batch = 'data' in header ? header.data : header;
  if (!('buffers' in batch) || batch.compression === null) return body.length;
  const isZstd = batch.compression.type === CompressionType.ZSTD;
  const sizes = batch.buffers.map(({ offset, length }) =>
    bufferBytes(body.subarray(offset, offset + length), isZstd),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A frame may hold more than the length before it says. */
function bufferBytes(buffer: Uint8Array, isZstd: boolean): number {
  if (buffer.length < prefixBytes) return buffer.length;
  const view = new DataView(buffer.buffer, buffer.byteOffset, prefixBytes);
  const stated = Number(view.getBigInt64(0, true));
  if (stated === -1) return buffer.length;
  const content = buffer.subarray(prefixBytes);
  if (content.length === 0) return Math.max(stated, 0);
  return Math.max(stated, isZstd ? unzstdBound(content) : lz4FrameBound(content));
}
