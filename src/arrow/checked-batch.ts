import { RecordBatch } from 'apache-arrow';
import { checkData } from './check-data.ts';
import { emptyBatch } from './empty-batch.ts';

/**
 * A record batch as it came from Arrow IPC, its data checked; an empty one is made anew, since apache-arrow leaves parts
 * of those out, and does not write them.
 *
 * @throws Error saying what is wrong with the data.
 */
export function checkedBatch(batch: RecordBatch): RecordBatch {
  if (batch.numRows === 0) {
    return new RecordBatch(batch.schema, emptyBatch(batch.schema).data, batch.metadata);
  }
  checkData(batch.data);
  return batch;
}
