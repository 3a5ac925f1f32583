import { DataType, type Field, type Schema } from 'apache-arrow';
import { type Place, ToeditError } from '../errors.ts';

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

/**
 * A string that two types share just where their data is laid out and read alike: apache-arrow's own comparison leaves
 * out precision and scale of decimals. Metadata and the numbers of dictionaries do not count.
 */
function typeSignature(type: DataType): string {
  const children = childrenOf(type).map(fieldSignature).join(', ');
  return `${String(type)}${parametersOf(type)}${children === '' ? '' : `{${children}}`}`;
}

/** As `typeSignature`, of a field: its name, nullability and type. */
function fieldSignature(field: Field): string {
  return `${JSON.stringify(field.name)}: ${typeSignature(field.type)}${field.nullable ? '?' : ''}`;
}

/** As `typeSignature`, of the columns of a schema in their order. */
export function schemaSignature(schema: Schema): string {
  return schema.fields.map(fieldSignature).join(', ');
}

function childrenOf(type: DataType): readonly Field[] {
  // Types without children have null there, against what apache-arrow declares.
  return (type.children as Field[] | null) ?? [];
}

/** What the type's own string leaves out. */
function parametersOf(type: DataType): string {
  if (DataType.isDecimal(type)) return `:${type.bitWidth}`;
  if (DataType.isMap(type)) return `:${type.keysSorted}`;
  if (DataType.isUnion(type)) return `:${type.mode}:${type.typeIds.join()}`;
  if (!DataType.isDictionary(type)) return '';
  return `:${type.isOrdered}(${typeSignature(type.dictionary)})`;
}
