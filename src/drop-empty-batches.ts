import type { RecordBatch } from 'apache-arrow';
import type { Source } from './operator.ts';

/** Passes the batches that have rows; where none has, the first of those without, so that the schema travels. */
export async function* dropEmptyBatches(source: Source): Source {
  let empty: RecordBatch | undefined;
  let hasRows = false;
  for await (const batch of source) {
    if (batch.numRows === 0) {
      empty ??= batch;
      continue;
    }
    hasRows = true;
    yield batch;
  }
  if (!hasRows && empty !== undefined) yield empty;
}
