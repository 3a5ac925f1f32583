import type { RecordBatch } from 'apache-arrow';
import { requireAbsent, withColumns } from '../src/arrow/columns.ts';
import { selectRows } from '../src/arrow/concat/record-batches.ts';
import { passReasonColumn, passReasonsOf } from '../src/arrow/pass-reasons.ts';
import { type TextColumn, textColumn } from '../src/arrow/text-column.ts';
import { columnNames, type PassReason } from '../src/columns.ts';
import { corruptFile, ToeditError } from '../src/errors.ts';
import { emptyTotals, withCounts } from '../src/metrics/totals.ts';
import type { Operator, Source } from '../src/operator.ts';
import { type WholeEdit, wholeEditRecord } from '../src/record/make-record.ts';
import { recordRows, takeRowsOf } from '../src/record/read-record.ts';
import { originalText, reversedEdits, wholeEdits } from '../src/record/whole-edits.ts';
import { type RowPlaces, rowPlaces, textlessReasons } from '../src/texts/text-rows.ts';
import { keptTexts } from './kept-texts.ts';

/** Options of {@link reverseEdits}. */
export interface ReverseEditsOptions {
  /** What errors call the edited file. */
  readonly file: string;
  /** What errors call the record. */
  readonly recordFile: string;
  /** Row of the file that the source begins with; the record begins there, too. @defaultValue 0 */
  readonly firstRow?: number | undefined;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
}

/** What rows were before they were edited; rows count from the first of those that were taken. */
export interface OriginalRows {
  /** Undefined where only what the row holds says why it passes. */
  readonly reasons?: readonly (PassReason | null)[] | undefined;
  edits(row: number): readonly WholeEdit[];
  /** Whether these are the bytes of the text before its edits; null stands for a null text. */
  isOriginal(row: number, bytes: Uint8Array | null): boolean;
}

/** Where the edits of a file are taken from, by ascending rows. */
export interface Originals extends AsyncDisposable {
  /** The next rows; null where there are not so many. */
  take(count: number): Promise<OriginalRows | null>;
}

/** The rows of a record, from its beginning on. */
export function originalsOfRecord(record: Source): Originals {
  const rows = takeRowsOf(record);
  return {
    async take(count) {
      const taken = await rows.take(count);
      if (taken === null) return null;
      const recorded = recordRows(taken);
      return {
        reasons: passReasonsOf(taken),
        edits: wholeEdits(taken),
        isOriginal: (row, bytes) => recorded.isText(row, bytes),
      };
    },
    [Symbol.asyncDispose]: () => rows[Symbol.asyncDispose](),
  };
}

/** Of a file in which nothing was edited. */
export const unedited: Originals = {
  take: () => Promise.resolve({ edits: () => [], isOriginal: () => true }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/**
 * Turns edited batches into the record that takes their edits back. Each row meets its row of the record that it was edited by: the
 * text that its edits lead back to must have the hash that is recorded of the original. What is counted goes with each batch.
 *
 * @param open - opens the originals from the source's first row on: as many rows as the source has, or more.
 * @throws ToeditError from the stream: `FILE_CORRUPT` where a text and its edits do not lead back to the original; `ROWS_LOST` where
 *   the record ends before the source; `COLUMN_EXISTS`.
 */
export function reverseEdits(open: () => Originals, options: ReverseEditsOptions): Operator {
  const { file, firstRow = 0, textColumn: name = 'text' } = options;
  return async function* reverseEdits(source, { signal } = {}) {
    await using rows = open();
    let row = firstRow;
    for await (const batch of source) {
      signal?.throwIfAborted();
      requireAbsent(batch, [columnNames.passReason, columnNames.edits]);
      const taken = await rows.take(batch.numRows);
      if (taken === null) throw endsEarly(file, row + batch.numRows);
      const texts = textColumn(batch, name);
      const edits = reverse(texts, taken, { ...options, places: rowPlaces(batch, row) });
      yield recordOf(batch, texts, {
        name,
        edits,
        reasons: taken.reasons ?? textless(batch, texts),
      });
      row += batch.numRows;
    }
  };
}

interface ReversedRows {
  readonly reasons: readonly (PassReason | null)[];
  readonly edits: readonly ReturnType<typeof reversedEdits>[];
}

/** Why rows have no text. */
function textless(batch: RecordBatch, texts: TextColumn): ReversedRows['reasons'] {
  const reasonOf = textlessReasons(batch);
  return Array.from({ length: batch.numRows }, (_, row) =>
    texts.isNull(row) ? reasonOf(row) : null,
  );
}

function reverse(
  texts: TextColumn,
  taken: OriginalRows,
  place: ReverseEditsOptions & { readonly places: RowPlaces },
): ReversedRows['edits'] {
  return Array.from({ length: texts.length }, (_, row) => {
    const edits = taken.edits(row);
    const text = texts.isNull(row) ? null : texts.bytes(row);
    const original = originalText(text, edits);
    if (original !== undefined && taken.isOriginal(row, original)) return reversedEdits(edits);
    throw notOriginal(place, row);
  });
}

function recordOf(
  batch: RecordBatch,
  texts: TextColumn,
  { name, reasons, edits }: ReversedRows & { readonly name: string },
): RecordBatch {
  const own = emptyTotals();
  own.rows += batch.numRows;
  for (let row = 0; row < texts.length; row++) own.textBytes += texts.bytes(row).length;
  for (const reason of reasons) if (reason !== null) own.passed[reason]++;
  own.edits.changed += edits.reduce((sum, { length }) => sum + length, 0);
  const lists = edits.map((row, index) => (reasons[index] === null ? row : undefined));
  const counted = withCounts(withColumns(batch, [passReasonColumn(reasons)]), own);
  return wholeEditRecord(counted, name, lists);
}

function notOriginal(
  { file, recordFile, places }: ReverseEditsOptions & { readonly places: RowPlaces },
  index: number,
): ToeditError {
  const what = `the text of ${places.words(index)} and its edits in ${recordFile} do not lead back to the text that was edited`;
  const remedy = 'put both back as the run left them, or edit the corpus again from its source';
  return corruptFile({ file, row: places.row(index) }, `: ${what}; ${remedy}`);
}

function endsEarly(file: string, rows: number): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    `${file}: it has more rows (${String(rows)}) than the record of its edits; put both back as the run left them`,
    { place: { file } },
  );
}

/** The rows of a record that were not set aside: the edited file has no others. */
export async function* keptRows(record: () => Source, reasons: readonly PassReason[]): Source {
  const keptOf = await keptTexts(record, reasons);
  for await (const batch of record()) {
    const kept = keptOf(batch);
    yield kept.length === batch.numRows ? batch : selectRows(batch, kept);
  }
}
