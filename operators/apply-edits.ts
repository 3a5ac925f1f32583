import type { RecordBatch } from 'apache-arrow';
import { withoutColumns } from '../src/arrow/columns.ts';
import { joinTexts, replaceTextColumn, textColumn } from '../src/arrow/text-column.ts';
import { type AddedColumnName, columnNames } from '../src/columns.ts';
import type { Place } from '../src/errors.ts';
import type { Operator } from '../src/operator.ts';
import { requireNames } from '../src/options.ts';
import { editLists, editText } from '../src/resampling/edits.ts';
import type { TokenBytes } from '../src/text/token-bytes.ts';

/** What {@link applyEdits} takes beside the prior. */
export interface ApplyEditsOptions {
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** Keep the column `edits`. @defaultValue false */
  readonly report?: boolean | undefined;
  /** Other added columns to keep, where they are there. @defaultValue none */
  readonly keep?: readonly AddedColumnName[] | undefined;
}

/**
 * Splices the edits into the text column, whose type stays, and drops the columns that were added on the way. Bytes that
 * no edit names are identical.
 *
 * @throws ToeditError from the stream: `COLUMN_MISSING`, `COLUMN_TYPE`, or `COLUMN_MISMATCH` where the text has not the
 *   bytes of a replaced token.
 */
export function applyEdits(
  prior: { readonly tokenBytes: TokenBytes },
  options: ApplyEditsOptions = {},
): Operator {
  requireNames('applyEdits', options, { textColumn: true, report: true, keep: true });
  const name = options.textColumn ?? 'text';
  const kept = [...(options.keep ?? []), ...(options.report === true ? [columnNames.edits] : [])];
  const dropped = Object.values(columnNames).filter((column) => !kept.includes(column));

  return async function* applyEdits(source, { signal } = {}) {
    let recordBatch = 0;
    for await (const batch of source) {
      signal?.throwIfAborted();
      yield withoutColumns(
        withEdits(batch, { name, tokenBytes: prior.tokenBytes }, { recordBatch }),
        dropped,
      );
      recordBatch++;
    }
  };
}

function withEdits(
  batch: RecordBatch,
  { name, tokenBytes }: { readonly name: string; readonly tokenBytes: TokenBytes },
  place: Place,
): RecordBatch {
  const text = textColumn(batch, name);
  const editsOf = editLists(batch);
  const edits = Array.from({ length: batch.numRows }, (_, row) => editsOf(row));
  if (edits.every(({ length }) => length === 0)) return batch;
  const texts = edits.map((editsOfRow, row) =>
    editText({ bytes: text.bytes(row), place: { ...place, row } }, editsOfRow, tokenBytes),
  );
  return replaceTextColumn(batch, name, joinTexts(texts, text.validity));
}
