import { ToeditError } from '../errors.ts';
import { splice } from '../text/splice.ts';
import type { RecordRows } from './read-record.ts';

/** Where the rows of a record batch stand. */
export interface RecordedPlace {
  /** What errors call the input. */
  readonly file: string;
  /** Row of the file that the batch begins with. */
  readonly row: number;
}

/**
 * A text with the edits of its row of a record done; the same bytes where there are none.
 *
 * @param text - null where the row has none.
 * @throws ToeditError `INPUT_CHANGED` where it is not the text that was recorded.
 */
export function editedText<Text extends Uint8Array | null>(
  text: Text,
  rows: RecordRows,
  row: number,
  place: RecordedPlace,
): Text | Uint8Array {
  if (!rows.isText(row, text)) throw otherText(place.file, place.row + row);
  const edits = text === null ? [] : rows.edits(row);
  if (text === null || edits.length === 0) return text;
  const isThere = edits.every(
    ({ start, end, oldBytes }) => Buffer.compare(text.subarray(start, end), oldBytes) === 0,
  );
  if (!isThere) throw otherText(place.file, place.row + row);
  return splice(text, edits);
}

function otherText(file: string, row: number): ToeditError {
  return new ToeditError(
    'INPUT_CHANGED',
    `${file}: the text of row ${row} is not the one that was scored; put the file back as it was and run again, or plan a new run`,
    { place: { file, row } },
  );
}
