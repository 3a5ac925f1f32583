import { columnOf } from '../src/arrow/column-of.ts';
import { withoutColumns } from '../src/arrow/with-columns.ts';
import type { Operator } from '../src/operator.ts';

/**
 * Drops columns by name.
 *
 * @throws ToeditError `COLUMN_MISSING` where a batch lacks one of them.
 */
export function dropColumns(names: readonly string[]): Operator {
  return async function* dropColumns(source) {
    for await (const batch of source) {
      for (const name of names) columnOf(batch, name);
      yield withoutColumns(batch, names);
    }
  };
}
