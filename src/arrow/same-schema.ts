import type { Schema } from 'apache-arrow';
import { type Place, ToeditError } from '../errors.ts';
import { fieldSignature, schemaSignature } from './type-signature.ts';

/**
 * Asserts that a record batch has the columns of the stream it came in: same names, types, nullability and order.
 *
 * @throws ToeditError `COLUMN_TYPE`, naming the first column that differs.
 */
export function assertSameSchema(expected: Schema, actual: Schema, place: Place = {}): void {
  if (expected === actual || schemaSignature(expected) === schemaSignature(actual)) return;
  const count = Math.max(expected.fields.length, actual.fields.length);
  for (let i = 0; i < count; i++) {
    const [was, is] = [expected.fields[i], actual.fields[i]].map((field) =>
      field === undefined ? 'absent' : fieldSignature(field),
    );
    if (was === is) continue;
    throw new ToeditError(
      'COLUMN_TYPE',
      `record batch ${place.recordBatch ?? ''} has another schema: column ${i} is ${is}, before it was ${was}; write batches of one schema to a file`,
      { place },
    );
  }
}
