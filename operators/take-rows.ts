import { sliceRecordBatch } from '../src/arrow/slice-record-batch.ts';
import type { Operator } from '../src/operator.ts';
import { requireInteger } from '../src/options.ts';

/**
 * Passes the first rows and ends; the rest of the source is not read.
 *
 * @throws ToeditError BAD_OPTION at once where `rows` is not a whole number from 0.
 */
export function takeRows(rows: number): Operator {
  requireInteger('rows', rows, [0]);
  return async function* takeRows(source) {
    let left = rows;
    for await (const batch of source) {
      const taken = Math.min(left, batch.numRows);
      yield taken === batch.numRows ? batch : sliceRecordBatch(batch, 0, taken);
      left -= taken;
      if (left === 0) return;
    }
  };
}
