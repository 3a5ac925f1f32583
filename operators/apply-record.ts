import type { RecordBatch } from 'apache-arrow';
import { concatRecordBatches } from '../src/arrow/concat-record-batches.ts';
import { joinTexts } from '../src/arrow/join-texts.ts';
import { replaceTextColumn } from '../src/arrow/replace-text-column.ts';
import { type TextColumn, textColumn } from '../src/arrow/text-column.ts';
import { withColumns } from '../src/arrow/with-columns.ts';
import { ToeditError } from '../src/errors.ts';
import type { Operator, Source } from '../src/operator.ts';
import { outputColumns, type RecordRows, recordRows } from '../src/record/read-record.ts';
import { splice } from '../src/text/splice.ts';

/** What {@link applyRecord} takes beside the record. */
export interface ApplyRecordOptions {
  /** What errors call the input. */
  readonly file: string;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** Add the column `edits`. @defaultValue false */
  readonly report?: boolean | undefined;
}

/**
 * Makes the output of what was read once more: each row meets its row of the record, whose edits are spliced into the text;
 * `pass_reason`, scores and, for a report, `edits` are added. Bytes that no edit names are identical.
 *
 * @param record - as many rows as the source has.
 * @throws ToeditError `INPUT_CHANGED` where a text is not the one that was recorded; `ROWS_LOST` where rows differ in number.
 */
export function applyRecord(record: Source, options: ApplyRecordOptions): Operator {
  const { file, textColumn: name = 'text', report = false } = options;
  return async function* applyRecord(source, { signal } = {}) {
    await using rows = takeRows(record);
    let row = 0;
    for await (const batch of source) {
      signal?.throwIfAborted();
      const taken = await rows.take(batch.numRows);
      if (taken === null) throw rowsLost(file, row + batch.numRows, 'more');
      const edited = withTexts(batch, name, { file, row, rows: recordRows(taken) });
      yield withColumns(edited, outputColumns(taken, { report }));
      row += batch.numRows;
    }
    if ((await rows.take(1)) !== null) throw rowsLost(file, row, 'fewer');
  };
}

interface RecordedPlace {
  readonly file: string;
  /** Row of the file that the batch begins with. */
  readonly row: number;
  readonly rows: RecordRows;
}

function withTexts(batch: RecordBatch, name: string, place: RecordedPlace): RecordBatch {
  const text = textColumn(batch, name);
  const texts = Array.from({ length: batch.numRows }, (_, row) => editedText(text, row, place));
  const isEdited = texts.some((bytes, row) => bytes !== null && place.rows.edits(row).length > 0);
  if (!isEdited) return batch;
  return replaceTextColumn(
    batch,
    name,
    joinTexts(
      texts.map((bytes) => bytes ?? new Uint8Array(0)),
      text.validity,
    ),
  );
}

/** The text of a row as the record has it; null where it is null. */
function editedText(text: TextColumn, row: number, { file, row: first, rows }: RecordedPlace) {
  const bytes = text.isNull(row) ? null : text.bytes(row);
  if (!rows.isText(row, bytes)) throw otherText(file, first + row);
  return bytes === null ? null : editedBytes(bytes, rows, row, { file, row: first + row });
}

/**
 * A text with the edits of its row of a record done; the same bytes where there are none.
 *
 * @throws ToeditError `INPUT_CHANGED` where the text has not the bytes that are to be replaced.
 */
export function editedBytes(
  bytes: Uint8Array,
  rows: RecordRows,
  row: number,
  place: { readonly file: string; readonly row: number },
): Uint8Array {
  const edits = rows.edits(row);
  if (edits.length === 0) return bytes;
  const isThere = edits.every(
    ({ start, end, oldBytes }) => Buffer.compare(bytes.subarray(start, end), oldBytes) === 0,
  );
  if (!isThere) throw otherText(place.file, place.row);
  return splice(bytes, edits);
}

function otherText(file: string, row: number): ToeditError {
  return new ToeditError(
    'INPUT_CHANGED',
    `${file}: the text of row ${row} is not the one that was scored; put the file back as it was and run again, or plan a new run`,
    { place: { file, row } },
  );
}

function rowsLost(file: string, rows: number, than: 'more' | 'fewer'): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    `${file}: it gives ${than} rows (${rows}) than were scored; run again, and please report it where that does not help`,
    { place: { file } },
  );
}

interface RowTaker extends AsyncDisposable {
  /** The next rows as one batch; null where there are not so many. */
  take(count: number): Promise<RecordBatch | null>;
}

/** Takes rows from a stream by number, however they are cut into batches. */
function takeRows(source: Source): RowTaker {
  const iterator = source[Symbol.asyncIterator]();
  let current: RecordBatch | undefined;
  let at = 0;
  const advance = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    [current, at] = [next.value, 0];
    return true;
  };
  return {
    async take(count) {
      const pieces: RecordBatch[] = [];
      for (let left = count; left > 0 || pieces.length === 0; ) {
        if (current === undefined || (at === current.numRows && left > 0)) {
          if (!(await advance())) return null;
          continue;
        }
        const end = Math.min(current.numRows, at + left);
        pieces.push(current.slice(at, end));
        left -= end - at;
        at = end;
      }
      const [first, ...rest] = pieces;
      return first === undefined ? null : (concatRecordBatches([first, ...rest]) ?? null);
    },
    [Symbol.asyncDispose]: async () => {
      await iterator.return?.();
    },
  };
}
