import { createHash } from 'node:crypto';
import type { RecordBatch } from 'apache-arrow';
import { addedColumn } from '../arrow/columns.ts';
import { editLists } from '../resampling/edits.ts';
import { splice } from '../text/splice.ts';
import { textHashName, textHashType, type WholeEdit } from './make-record.ts';
import { outputBatch, recordRows } from './read-record.ts';

/**
 * The edits of a record's batch by rows, by ascending position; none where the row passes unedited. Their bytes are views of the
 * batch.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function wholeEdits(batch: RecordBatch): (row: number) => readonly WholeEdit[] {
  const recorded = recordRows(batch);
  const facts = editLists(outputBatch(batch, { report: true }));
  return (row) => {
    const bytes = recorded.edits(row);
    return facts(row).map((edit, index) => ({
      ...edit,
      oldBytes: bytes[index]?.oldBytes ?? noBytes,
      newBytes: bytes[index]?.bytes ?? noBytes,
    }));
  };
}

const noBytes = new Uint8Array(0);

/**
 * The key of each row's text in a record's batch: the first 16 hexadecimal digits of the SHA-256 of its bytes.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function documentKeys(batch: RecordBatch): (row: number) => string {
  const { data } = addedColumn(batch, textHashName, textHashType);
  const { buffer, byteOffset } = data.values as BigUint64Array;
  const bytes = new Uint8Array(buffer, byteOffset);
  return (row) => Buffer.from(bytes.subarray(8 * row, 8 * row + 8)).toString('hex');
}

/** The key of a text, as {@link documentKeys} has it. */
export function documentKeyText(text: Uint8Array): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** What stands for the old token's id where no token stood: a deleted one is put back. */
const noToken = -1;

/**
 * The edits that take a row's edits back: old and new change places, and offsets count in the edited text. What a deletion leaves
 * open, its logprob, is NaN; the rank of an original token is not known. Reversed twice, edits are as before but for their rank.
 *
 * @param edits - by ascending offset
 */
export function reversedEdits(edits: readonly WholeEdit[]): readonly WholeEdit[] {
  let shift = 0;
  return edits.map((edit) => {
    const byteOffset = edit.byteOffset + shift;
    shift += edit.newBytes.length - edit.oldBytes.length;
    const isInsertion = edit.oldId === noToken;
    return {
      position: edit.position,
      byteOffset,
      oldId: edit.newId ?? noToken,
      newId: isInsertion ? null : edit.oldId,
      logprob: edit.newLogprob ?? Number.NaN,
      newLogprob: isInsertion ? null : edit.logprob,
      rank: null,
      oldBytes: edit.newBytes,
      newBytes: edit.oldBytes,
    };
  });
}

/**
 * An edited text before its edits; undefined where they are not the text's.
 *
 * @param edits - those that were made, by ascending offset
 */
export function originalText<Text extends Uint8Array | null>(
  text: Text,
  edits: readonly WholeEdit[],
): Text | Uint8Array | undefined {
  if (edits.length === 0) return text;
  if (text === null) return undefined;
  const splices = reversedEdits(edits).map(({ byteOffset: start, oldBytes, newBytes: bytes }) => ({
    ...{ start, end: start + oldBytes.length },
    ...{ bytes, oldBytes },
  }));
  const isThere = splices.every(
    ({ start, end, oldBytes }, index) =>
      start >= (splices[index - 1]?.end ?? 0) &&
      end <= text.length &&
      Buffer.compare(text.subarray(start, end), oldBytes) === 0,
  );
  return isThere ? splice(text, splices) : undefined;
}
