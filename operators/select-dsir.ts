import type { RecordBatch } from 'apache-arrow';
import {
  type ImportanceOptions,
  importanceOf,
  leastKeyOf,
  rowsFrom,
} from '../src/analysis/importance.ts';
import { selectRows } from '../src/arrow/concat/record-batches.ts';
import { type Operator, requireBatch } from '../src/operator.ts';
import { type OptionNames, requireInteger, requireNames } from '../src/options.ts';

/** Settings of {@link selectDsir}. */
export interface SelectDsirOptions extends ImportanceOptions {
  /** How many rows to select; all that have a text where there are fewer. */
  readonly rows: number;
  /** What the stream is called: its draws differ from those of others. @defaultValue '' */
  readonly name?: string | undefined;
}

const optionNames: OptionNames<SelectDsirOptions> = {
  target: true,
  raw: true,
  rows: true,
  seed: true,
  textColumn: true,
  name: true,
};

/**
 * Selects rows that look like a target: a sample without replacement by importance weights (docs/analysis.md), in the order of the
 * stream. Rows without a text that can be read are not selected. The same seed and name select the same rows, however they are cut
 * into batches. It reads the whole stream before it yields, and holds no more than twice the rows it selects, and a batch.
 *
 * @throws ToeditError `BAD_OPTION` at once; `COLUMN_MISSING` or `COLUMN_TYPE` from the stream.
 */
export function selectDsir(options: SelectDsirOptions): Operator {
  requireNames('selectDsir', options, optionNames);
  const { rows, name = '', ...importance } = options;
  requireInteger('rows', rows, [1]);
  // A reader has memory of its own: one for each stream.
  importanceOf(importance);
  return async function* selectDsir(source) {
    const read = importanceOf(importance);
    let held: Held[] = [];
    let firstRow = 0;
    for await (const batch of source) {
      requireBatch(batch);
      const { keys } = read(batch, { file: name, firstRow });
      firstRow += batch.numRows;
      held.push({ batch, keys });
      const count = held.reduce((sum, each) => sum + each.batch.numRows, 0);
      if (count > 2 * rows) held = best(held, rows);
    }
    for (const { batch } of best(held, rows)) yield batch;
  };
}

interface Held {
  readonly batch: RecordBatch;
  readonly keys: Float64Array;
}

/** The rows with the greatest keys; where there are none a batch stays all the same, so that the schema travels. */
function best(held: readonly Held[], rows: number): Held[] {
  const leastKey = leastKeyOf(
    held.map(({ keys }) => keys),
    rows,
  );
  const kept = held.map(({ batch, keys }) => {
    const chosen = rowsFrom(keys, leastKey);
    return {
      batch: selectRows(batch, chosen),
      keys: Float64Array.from(chosen, (row) => keys[row] ?? 0),
    };
  });
  const filled = kept.filter(({ batch }) => batch.numRows > 0);
  return filled.length > 0 ? filled : kept.slice(0, 1);
}
