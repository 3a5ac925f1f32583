import { sliceRecordBatch } from '../src/arrow/slice-record-batch.ts';
import { dropEmptyBatches } from '../src/drop-empty-batches.ts';
import type { Operator, Source } from '../src/operator.ts';
import { requireInteger } from '../src/options.ts';

/**
 * Passes what follows the first rows; where nothing does, one batch of no rows.
 *
 * @throws ToeditError `BAD_OPTION` at once where `rows` is not a whole number from 0.
 */
export function skipRows(rows: number): Operator {
  requireInteger('rows', rows, [0]);
  return async function* skipRows(source) {
    yield* rows === 0 ? source : dropEmptyBatches(rowsAfter(source, rows));
  };
}

async function* rowsAfter(source: Source, rows: number): Source {
  let left = rows;
  for await (const batch of source) {
    const skipped = Math.min(left, batch.numRows);
    left -= skipped;
    yield skipped === 0 ? batch : sliceRecordBatch(batch, skipped, batch.numRows);
  }
}
