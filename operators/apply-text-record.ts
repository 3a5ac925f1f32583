import type { RecordBatch } from 'apache-arrow';
import { withColumns } from '../src/arrow/columns.ts';
import { passReasonColumn, passReasonsOf } from '../src/arrow/pass-reasons.ts';
import type { PassReason } from '../src/columns.ts';
import { ToeditError } from '../src/errors.ts';
import type { Operator, Source } from '../src/operator.ts';
import { editedText, outputColumns, recordRows, takeRowsOf } from '../src/record/read-record.ts';
import { type RowTexts, rowTexts } from '../src/texts/row-texts.ts';
import type { TextSelection } from '../src/texts/text-selection.ts';

/** What {@link applyTextRecord} takes beside the record. */
export interface ApplyTextRecordOptions {
  /** What errors call the input. */
  readonly file: string;
  readonly selection: TextSelection;
  /** How many texts were recorded. */
  readonly texts: number;
  /** Reasons for which a row is set aside. */
  readonly dead: readonly PassReason[];
  /** Add the column `edits`; not where a row may have more than one text. */
  readonly report: boolean;
  /** A row of the record has an edit: a dictionary of texts is made anew in every batch. */
  readonly isEdited: boolean;
}

/**
 * Makes the output of rows that were read once more, of which each text has a row of the record: as `applyRecord` does where a row is
 * a text. `pass_reason` is the first of those of a row's texts for which it is set aside, else null where a row may have more texts.
 *
 * @param record - undefined: no text was edited, and none is a reason.
 * @throws ToeditError `INPUT_CHANGED` where a text is not the one that was recorded; `ROWS_LOST` where texts differ in number.
 */
export function applyTextRecord(
  record: Source | undefined,
  options: ApplyTextRecordOptions,
): Operator {
  const { file, selection, texts: recordedTexts } = options;
  return async function* applyTextRecord(source, { signal } = {}) {
    await using recorded = record && takeRowsOf(record);
    let firstRow = 0;
    let seen = 0;
    for await (const batch of source) {
      signal?.throwIfAborted();
      const texts = rowTexts(batch, selection);
      seen += texts.texts.length;
      const taken = await recorded?.take(texts.texts.length);
      if (taken === null) throw textsLost(file, seen, recordedTexts);
      yield taken === undefined
        ? withReasons(
            batch,
            Array.from({ length: batch.numRows }, () => null),
          )
        : applied({ batch, texts, taken }, { ...options, firstRow });
      firstRow += batch.numRows;
    }
    if (seen !== recordedTexts) throw textsLost(file, seen, recordedTexts);
  };
}

function withReasons(batch: RecordBatch, reasons: readonly (PassReason | null)[]): RecordBatch {
  return withColumns(batch, [passReasonColumn(reasons)]);
}

interface RecordedBatch {
  readonly batch: RecordBatch;
  readonly texts: RowTexts;
  /** Its texts' rows of the record. */
  readonly taken: RecordBatch;
}

function applied(
  { texts: found, taken }: RecordedBatch,
  options: ApplyTextRecordOptions & { readonly firstRow: number },
): RecordBatch {
  const { file, selection, dead, report, isEdited, firstRow } = options;
  const { texts, counts } = found;
  const recorded = recordRows(taken);
  const edited = texts.map(({ bytes, row }, index) => {
    // The place in errors is that of the row, not of its text among all.
    return editedText(bytes, recorded, index, { file, row: firstRow + row - index });
  });
  const reasons = selection.isMany ? deadReasonsOf(counts, passReasonsOf(taken), dead) : [];
  // A row that is set aside stays as it was.
  const kept = edited.map((bytes, index) =>
    isGiven(reasons[texts[index]?.row ?? -1]) ? (texts[index]?.bytes ?? null) : bytes,
  );
  const whole = found.replace(kept, isEdited);
  // One text a row: the record's columns are the row's.
  if (!selection.isMany) return withColumns(whole, outputColumns(taken, { report }));
  return withReasons(whole, reasons);
}

function isGiven(reason: PassReason | null | undefined): boolean {
  return reason !== null && reason !== undefined;
}

/** For each row the first reason of its texts for which it is set aside. */
function deadReasonsOf(
  counts: readonly number[],
  reasons: readonly (PassReason | null)[],
  dead: readonly PassReason[],
): readonly (PassReason | null)[] {
  let at = 0;
  return counts.map((count) => {
    const own = reasons.slice(at, (at += count));
    return own.find((reason) => reason !== null && dead.includes(reason)) ?? null;
  });
}

function textsLost(file: string, seen: number, recorded: number): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    `${file}: it gives other texts (${String(seen)}) than were scored (${String(recorded)}); run again, and please report it where that does not help`,
    { place: { file } },
  );
}
