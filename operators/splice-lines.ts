import { Binary, type RecordBatch } from 'apache-arrow';
import { columnOf } from '../src/arrow/column-of.ts';
import { joinTexts } from '../src/arrow/join-texts.ts';
import { textData } from '../src/arrow/replace-text-column.ts';
import { withColumns } from '../src/arrow/with-columns.ts';
import { editedLines } from '../src/json/edited-lines.ts';
import { jsonLinesLayout } from '../src/json/json-lines-layout.ts';
import type { Operator } from '../src/operator.ts';

/**
 * Puts the texts of record batches that `readJsonl` made into their `line`s, as `writeJsonl` does by itself: for when the
 * lines go to a Parquet or Arrow file. Other record batches pass.
 */
export function spliceLines(): Operator {
  return async function* spliceLines(source) {
    for await (const batch of source) yield spliceBatch(batch);
  };
}

function spliceBatch(batch: RecordBatch): RecordBatch {
  const layout = jsonLinesLayout(batch.schema);
  if (layout === undefined) return batch;
  const { field } = columnOf(batch, layout.line);
  const lines = Array.from(editedLines(batch, layout, []), (pieces) => Buffer.concat(pieces));
  return withColumns(batch, [{ field, data: textData(new Binary(), joinTexts(lines, undefined)) }]);
}
