import type { Schema } from 'apache-arrow';
import { ToeditError } from '../errors.ts';

/**
 * Asserts that no two columns of a file share their name: apache-arrow mixes up their types.
 *
 * @throws ToeditError `COLUMN_EXISTS`.
 */
export function assertUniqueColumns(schema: Schema, file: string | undefined): void {
  const twice = schema.names.find((name, index) => schema.names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new ToeditError(
    'COLUMN_EXISTS',
    `${file ?? 'the input'} has two columns named ${JSON.stringify(twice)}: rename one of them`,
    { place: { file } },
  );
}
