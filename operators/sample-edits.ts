import type { RecordBatch } from 'apache-arrow';
import { textColumn } from '../src/arrow/text-column.ts';
import type { Operator } from '../src/operator.ts';
import { requireInteger } from '../src/require-integer.ts';
import { editLists } from '../src/resampling/edit-lists.ts';
import type { Edit } from '../src/resampling/row-edits.ts';
import type { SampledEdit } from '../src/run/ledger/ledger-entry.ts';
import { noteSamples } from '../src/run/note-samples.ts';
import type { TokenBytes } from '../src/text/token-bytes.ts';

/** Settings of {@link sampleEdits}. */
export interface SampleEditsOptions {
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** Where the stream's first row stands in its file. @defaultValue 0 */
  readonly firstRow?: number | undefined;
}

/**
 * Notes rows and everything that is about to be edited in them, for `toedit verify`: in the note of each record batch that
 * holds row 0 or a row whose number is a power of 4, so at most 16 of a file, however it is cut and resumed. Taken is the
 * batch's first row with edits, else its first one, of those whose text has at most 64 KiB. Stands between
 * `resampleTokens` and `applyEdits`; rows pass unchanged.
 *
 * @throws ToeditError `BAD_OPTION` at once; from the stream, `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function sampleEdits(
  prior: { readonly tokenBytes: TokenBytes },
  options: SampleEditsOptions = {},
): Operator {
  const { textColumn: name = 'text', firstRow = 0 } = options;
  requireInteger('firstRow', firstRow, [0, Number.MAX_SAFE_INTEGER]);
  return async function* sampleEdits(source) {
    let start = firstRow;
    for await (const batch of source) {
      const end = start + batch.numRows;
      const isSampled = sampledRows.some((row) => row >= start && row < end);
      const sample = isSampled ? sampleOf(batch, name) : undefined;
      yield sample === undefined
        ? batch
        : noteSamples(batch, [
            { row: start + sample.row, edits: sampledEdits(sample.edits, prior.tokenBytes) },
          ]);
      start = end;
    }
  };
}

const sampledRows = [0, ...Array.from({ length: 15 }, (_, power) => 4 ** power)];

const longestText = 2 ** 16;

function sampleOf(
  batch: RecordBatch,
  name: string,
): { readonly row: number; readonly edits: readonly Edit[] } | undefined {
  const text = textColumn(batch, name);
  const editsOf = editLists(batch);
  const rows = Array.from({ length: batch.numRows }, (_, row) => row).filter(
    (row) => text.bytes(row).length <= longestText,
  );
  const row = rows.find((each) => editsOf(each).length > 0) ?? rows[0];
  return row === undefined ? undefined : { row, edits: editsOf(row) };
}

function sampledEdits(edits: readonly Edit[], tokenBytes: TokenBytes): SampledEdit[] {
  return edits.map(({ byteOffset: offset, oldId, newId }) => ({
    offset,
    length: tokenBytes.length(oldId),
    text: newId === null ? '' : Buffer.from(tokenBytes.bytes(newId)).toString('base64'),
  }));
}
