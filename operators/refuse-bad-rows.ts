import type { RecordBatch } from 'apache-arrow';
import { passReasonsOf } from '../src/arrow/pass-reason-column.ts';
import type { PassReason } from '../src/columns.ts';
import { ToeditError } from '../src/errors.ts';
import type { Operator } from '../src/operator.ts';
import { requireInteger } from '../src/options.ts';

/** Settings of {@link refuseBadRows}. */
export interface RefuseBadRowsOptions {
  /** Where the stream's first row stands in its file. @defaultValue 0 */
  readonly firstRow?: number | undefined;
}

/**
 * Ends the stream with an error at the first row that would pass unedited. Stands behind `tokenize`, or behind
 * `scoreTokens` to refuse rows that the prior fails on too. Batches without such rows pass unchanged.
 *
 * @throws ToeditError `BAD_OPTION` at once; from the stream, `BAD_ROW` naming row and reason, `COLUMN_MISSING` or
 *   `COLUMN_TYPE`.
 */
export function refuseBadRows(options: RefuseBadRowsOptions = {}): Operator {
  const { firstRow = 0 } = options;
  requireInteger('firstRow', firstRow, [0]);
  return async function* refuseBadRows(source) {
    let seen = firstRow;
    for await (const batch of source) {
      requireGoodRows(batch, seen);
      seen += batch.numRows;
      yield batch;
    }
  };
}

function requireGoodRows(batch: RecordBatch, firstRow: number): void {
  passReasonsOf(batch).forEach((reason, index) => {
    if (reason !== null) throw badRow(firstRow + index, reason);
  });
}

function badRow(row: number, reason: PassReason): ToeditError {
  return new ToeditError(
    'BAD_ROW',
    `row ${String(row)} cannot be edited (${reason}: ${meanings[reason]}): mend or remove it, or let such rows pass or set them aside with --on-bad-row`,
    { place: { row } },
  );
}

const meanings: Readonly<Record<PassReason, string>> = {
  null_text: 'it has no text',
  over_byte_limit: 'its text is longer than asked for',
  invalid_utf8: 'its text is not UTF-8',
  tokenizer_mismatch: "the prior's tokenizer does not give its text back",
  inference_failed: 'the prior failed on it',
};
