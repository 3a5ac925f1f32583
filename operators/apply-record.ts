import { DataType, type RecordBatch } from 'apache-arrow';
import { withColumns } from '../src/arrow/columns.ts';
import { joinTexts, replaceTextColumn, textColumn } from '../src/arrow/text-column.ts';
import { ToeditError } from '../src/errors.ts';
import type { Operator, Source } from '../src/operator.ts';
import { requireNames } from '../src/options.ts';
import {
  editedText,
  outputColumns,
  type RecordedPlace,
  type RecordRows,
  recordRows,
  takeRowsOf,
} from '../src/record/read-record.ts';

/** What {@link applyRecord} takes beside the record. */
export interface ApplyRecordOptions {
  /** What errors call the input. */
  readonly file: string;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** Add the column `edits`. @defaultValue false */
  readonly report?: boolean | undefined;
  /** A row of the record has an edit: a dictionary of texts is made anew in every batch. @defaultValue false */
  readonly isEdited?: boolean | undefined;
}

/**
 * Makes the output of what was read once more: each row meets its row of the record, whose edits are spliced into the text;
 * `pass_reason`, scores and, for a report, `edits` are added. Bytes that no edit names are identical.
 *
 * @param record - as many rows as the source has.
 * @throws ToeditError `INPUT_CHANGED` where a text is not the one that was recorded; `ROWS_LOST` where rows differ in number.
 */
export function applyRecord(record: Source, options: ApplyRecordOptions): Operator {
  requireNames('applyRecord', options, {
    ...{ file: true, textColumn: true, report: true, isEdited: true },
  });
  const { file, textColumn: name = 'text', report = false, isEdited: anew = false } = options;
  return async function* applyRecord(source, { signal } = {}) {
    await using rows = takeRowsOf(record);
    let row = 0;
    for await (const batch of source) {
      signal?.throwIfAborted();
      const taken = await rows.take(batch.numRows);
      if (taken === null) throw rowsLost(file, row + batch.numRows, 'more');
      const edited = withTexts(batch, name, { file, row, anew, rows: recordRows(taken) });
      yield withColumns(edited, outputColumns(taken, { report }));
      row += batch.numRows;
    }
    if ((await rows.take(1)) !== null) throw rowsLost(file, row, 'fewer');
  };
}

function withTexts(
  batch: RecordBatch,
  name: string,
  { rows, anew, ...place }: RecordedPlace & { readonly rows: RecordRows; readonly anew: boolean },
): RecordBatch {
  const text = textColumn(batch, name);
  const texts = Array.from({ length: batch.numRows }, (_, row) =>
    editedText(text.isNull(row) ? null : text.bytes(row), rows, row, place),
  );
  const isEdited = texts.some((_, row) => rows.edits(row).length > 0);
  // A dictionary of the file's is to hold the texts of the output alone, whichever batch is edited first.
  if (!isEdited && !(anew && DataType.isDictionary(text.field.type))) return batch;
  return replaceTextColumn(
    batch,
    name,
    joinTexts(
      texts.map((bytes) => bytes ?? new Uint8Array(0)),
      text.validity,
    ),
  );
}

function rowsLost(file: string, rows: number, than: 'more' | 'fewer'): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    `${file}: it gives ${than} rows (${rows}) than were scored; run again, and please report it where that does not help`,
    { place: { file } },
  );
}
