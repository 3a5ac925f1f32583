import { type RecordBatch, RecordBatchStreamWriter } from 'apache-arrow';
import { sliceRecordBatch } from './slice-record-batch.ts';

/** The bytes of an Arrow IPC stream of one record batch, in a buffer of its own that may be transferred. */
export function ipcStream(batch: RecordBatch): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.write(sliceRecordBatch(batch, 0, batch.numRows));
  writer.close();
  const bytes = writer.toUint8Array(true);
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  return isWhole ? bytes : bytes.slice();
}
