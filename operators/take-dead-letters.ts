import { Field, Int64, makeData, type RecordBatch, Utf8, vectorFromArray } from 'apache-arrow';
import type { Column } from '../src/arrow/column-of.ts';
import { rowsByReason } from '../src/arrow/rows-by-reason.ts';
import { selectRows } from '../src/arrow/select-rows.ts';
import { withColumns, withoutColumns } from '../src/arrow/with-columns.ts';
import { columnNames, type PassReason } from '../src/columns.ts';
import { dropEmptyBatches } from '../src/drop-empty-batches.ts';
import type { Operator, Source } from '../src/operator.ts';

/** The columns of dead letters. */
export const deadLetterNames = [
  'dead_letter_reason',
  'dead_letter_row',
  'dead_letter_input',
] as const;

/** Options of {@link takeDeadLetters}. */
export interface TakeDeadLettersOptions {
  /** The values of `pass_reason` that make a row a dead letter. */
  readonly reasons: readonly PassReason[];
  /** The name of the input that the rows are from. */
  readonly input: string;
}

/**
 * Passes only the rows whose `pass_reason` makes them dead letters. In place of that column come `dead_letter_reason`
 * (Utf8), `dead_letter_row` (Int64, the row of the input from 0: the source begins there) and `dead_letter_input` (Utf8),
 * none of them null; columns of these names are replaced. Without a dead letter, one batch of no rows is left.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE` where a batch has no `pass_reason`.
 */
export function takeDeadLetters(options: TakeDeadLettersOptions): Operator {
  return async function* takeDeadLetters(source) {
    yield* dropEmptyBatches(deadRows(source, options));
  };
}

async function* deadRows(source: Source, { reasons, input }: TakeDeadLettersOptions): Source {
  let firstRow = 0;
  for await (const batch of source) {
    const { dead, deadReasons } = rowsByReason(batch, reasons);
    // The reason goes last: a batch without a column would have no rows.
    const placed = withPlaces(selectRows(batch, dead), {
      reasons: deadReasons,
      rows: BigInt64Array.from(dead, (row) => BigInt(firstRow + row)),
      inputs: deadReasons.map(() => input),
    });
    yield withoutColumns(placed, [columnNames.passReason]);
    firstRow += batch.numRows;
  }
}

interface Places {
  readonly reasons: readonly string[];
  readonly rows: BigInt64Array;
  readonly inputs: readonly string[];
}

function withPlaces(batch: RecordBatch, { reasons, rows, inputs }: Places): RecordBatch {
  const [reasonName, rowName, inputName] = deadLetterNames;
  const data = makeData({ type: new Int64(), data: rows });
  return withColumns(batch, [
    textsColumn(reasonName, reasons),
    { field: new Field(rowName, new Int64(), false), data },
    textsColumn(inputName, inputs),
  ]);
}

function textsColumn(name: string, texts: readonly string[]): Column {
  const type = new Utf8();
  const data = vectorFromArray(texts, type).data[0] ?? makeData({ type, length: 0 });
  return { field: new Field(name, type, false), data };
}
