import type { Data, Field, RecordBatch } from 'apache-arrow';
import { ToeditError } from '../errors.ts';

/** A column of a record batch: its field and its data. */
export interface Column {
  readonly field: Field;
  readonly data: Data;
}

/**
 * The column of that name (the first, where names repeat).
 *
 * @throws ToeditError `COLUMN_MISSING`, listing the columns there are.
 */
export function columnOf(batch: RecordBatch, name: string): Column {
  const index = batch.schema.fields.findIndex((field) => field.name === name);
  const field = batch.schema.fields[index];
  const data = batch.data.children[index];
  if (field !== undefined && data !== undefined) return { field, data };
  const names = batch.schema.fields.map((other) => JSON.stringify(other.name)).join(', ');
  throw new ToeditError(
    'COLUMN_MISSING',
    `no column ${JSON.stringify(name)}: the columns are ${names || 'none'}; name one of them`,
  );
}
