import type { Field, Schema } from 'apache-arrow';
import { fieldSignature } from './type-signature.ts';

/**
 * Says in what a schema differs from the one that was written: columns (order, names, types, nullability), their
 * metadata, then the schema's own. Parquet's copy of the Arrow schema does not count: each writer makes its own.
 *
 * @returns undefined where they agree.
 */
export function schemaDifference(written: Schema, found: Schema): string | undefined {
  const columns = Math.max(written.fields.length, found.fields.length);
  for (let i = 0; i < columns; i++) {
    const difference = fieldDifference(written.fields[i], found.fields[i]);
    if (difference !== undefined) return `column ${i} ${difference}`;
  }
  const difference = metadataDifference(written.metadata, found.metadata);
  return difference && `the schema ${difference}`;
}

function fieldDifference(written: Field | undefined, found: Field | undefined): string | undefined {
  const was = written === undefined ? 'absent' : fieldSignature(written);
  const is = found === undefined ? 'absent' : fieldSignature(found);
  if (was !== is) return `is ${is}, not ${was}`;
  return metadataDifference(written?.metadata ?? none, found?.metadata ?? none);
}

const none: ReadonlyMap<string, string> = new Map();

function metadataDifference(
  written: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): string | undefined {
  const keys = new Set([...written.keys(), ...found.keys()]);
  keys.delete('ARROW:schema');
  for (const key of keys) {
    if (written.get(key) === found.get(key)) continue;
    return `has another value of the metadata ${JSON.stringify(key)}`;
  }
  return undefined;
}
