import type { RecordBatch } from 'apache-arrow';
import { ToeditError } from '../errors.ts';

/**
 * Makes sure that columns an operator adds are not there yet.
 *
 * @throws ToeditError COLUMN_EXISTS naming the first that is.
 */
export function requireAbsent({ schema }: RecordBatch, names: readonly string[]): void {
  requireAbsentFrom(
    schema.fields.map(({ name }) => name),
    names,
  );
}

/** The same of columns of which only the names are known. */
export function requireAbsentFrom(columns: readonly string[], names: readonly string[]): void {
  const name = names.find((added) => columns.includes(added));
  if (name === undefined) return;
  throw new ToeditError(
    'COLUMN_EXISTS',
    `column ${JSON.stringify(name)} exists already, and toedit adds one of that name: drop or rename it first`,
  );
}
