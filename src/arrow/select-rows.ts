import type { RecordBatch } from 'apache-arrow';
import { concatRecordBatches } from './concat-record-batches.ts';

/**
 * Copies rows of a record batch into one of their own, as `sliceRecordBatch` does: columns of any type, a run of
 * neighbours at a time. Schema and batch metadata stay.
 *
 * @param rows - the rows to take, ascending.
 */
export function selectRows(batch: RecordBatch, rows: Int32Array): RecordBatch {
  const slices: RecordBatch[] = [];
  for (let at = 0, next = 1; at < rows.length; at = next++) {
    const begin = rows[at] ?? 0;
    while (rows[next] === begin + next - at) next++;
    slices.push(batch.slice(begin, begin + next - at));
  }
  const [first = batch.slice(0, 0), ...rest] = slices;
  // Part of one batch always fits its types.
  return concatRecordBatches([first, ...rest]) as RecordBatch;
}
