import type { RecordBatch } from 'apache-arrow';
import { rowsByReason } from '../src/arrow/rows-by-reason.ts';
import { selectRows } from '../src/arrow/select-rows.ts';
import { withoutColumns } from '../src/arrow/with-columns.ts';
import { columnNames, type PassReason } from '../src/columns.ts';
import { dropEmptyBatches } from '../src/drop-empty-batches.ts';
import type { Operator, Source } from '../src/operator.ts';

/**
 * Drops the rows whose `pass_reason` makes them dead letters, and that column. Batches of which nothing is left go, but
 * for one where nothing is left at all.
 *
 * @param reasons - those of dead letters; where there are none, only the column goes.
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE` where a batch has no `pass_reason`.
 */
export function dropDeadLetters(reasons: readonly PassReason[]): Operator {
  return async function* dropDeadLetters(source) {
    yield* dropEmptyBatches(keptRows(source, reasons));
  };
}

async function* keptRows(source: Source, reasons: readonly PassReason[]): Source {
  for await (const batch of source) {
    const { kept } = rowsByReason(batch, reasons);
    yield withoutColumns(keep(batch, kept), [columnNames.passReason]);
  }
}

function keep(batch: RecordBatch, rows: Int32Array): RecordBatch {
  return rows.length === batch.numRows ? batch : selectRows(batch, rows);
}
