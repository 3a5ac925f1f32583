import type { RecordBatch } from 'apache-arrow';
import { concatRecordBatches } from './concat-record-batches.ts';

/**
 * Copies the rows `begin .. end` of a record batch into one of their own, whose buffers all start at offset 0: safe to
 * write to Arrow IPC, and it does not keep the whole batch alive.
 */
export function sliceRecordBatch(batch: RecordBatch, begin: number, end: number): RecordBatch {
  // One batch always fits its own types.
  return concatRecordBatches([batch.slice(begin, end)]) as RecordBatch;
}
