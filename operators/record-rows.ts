import type { Operator } from '../src/operator.ts';
import { editRecord, scoreRecord } from '../src/record/make-record.ts';
import type { TokenBytes } from '../src/text/token-bytes.ts';

/** Settings of {@link recordEdits} and {@link recordScores}. */
export interface RecordOptions {
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
}

/**
 * Turns resampled batches into their record: a row each of what `applyRecord` needs to edit the text when it is read again.
 * Stands behind `resampleTokens`.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function recordEdits(
  prior: { readonly tokenBytes: TokenBytes },
  { textColumn = 'text' }: RecordOptions = {},
): Operator {
  const { tokenBytes } = prior;
  return async function* recordEdits(source) {
    for await (const batch of source) yield editRecord(batch, { textColumn, tokenBytes });
  };
}

/**
 * Turns scored batches into their record: the scores, and what identifies the text that they are of. Stands behind `scoreTokens`.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function recordScores({ textColumn = 'text' }: RecordOptions = {}): Operator {
  return async function* recordScores(source) {
    for await (const batch of source) yield scoreRecord(batch, textColumn);
  };
}
