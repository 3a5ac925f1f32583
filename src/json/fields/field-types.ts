import { Bool, type DataType, Field, Float64, Int64, List, Struct, Utf8 } from 'apache-arrow';
import { ToeditError } from '../../errors.ts';
import type { SeenField, ValueKind } from './see-fields.ts';

/** What becomes of a field whose values no type holds: an error, or a column of text. */
export type MixedFields = 'fail' | 'text';

/** How {@link fieldTypes} sees them. */
export interface FieldTypesOptions {
  /** What errors call the input. */
  readonly file: string;
  readonly mixed: MixedFields;
}

/**
 * The columns of all fields that were seen, nullable, in order of first appearance: booleans, Int64 where all numbers are integers, Float64
 * where an integer and a fraction meet, text, lists and structs. A field of nothing but nulls is text; so are objects that never had a
 * member, as they are written.
 *
 * With `text` a field of several kinds, or of values that no type holds, is text: strings as they are, all else as it is written.
 *
 * @throws ToeditError `TYPE_LOST` naming the field, two rows and what they hold.
 */
export function fieldTypes(
  seen: ReadonlyMap<string, SeenField>,
  options: FieldTypesOptions,
): Field[] {
  return Array.from(seen, ([name, field]) => new Field(name, typeOf(field, name, options), true));
}

function typeOf(seen: SeenField, path: string, options: FieldTypesOptions): DataType {
  const scalar = scalarType([...seen.kinds.keys()]);
  if (scalar !== undefined) return scalar;
  if (seen.kinds.size === 1 && seen.items !== undefined) {
    return new List(new Field('item', typeOf(seen.items, `${path}[]`, options), true));
  }
  if (seen.kinds.size === 1 && seen.kinds.has('object')) {
    const members = Array.from(
      seen.members,
      ([name, member]) => new Field(name, typeOf(member, `${path}.${name}`, options), true),
    );
    return members.length === 0 ? new Utf8() : new Struct(members);
  }
  if (options.mixed === 'text' && !seen.kinds.has('broken string')) return new Utf8();
  throw noType(seen, path, options.file);
}

function scalarType(kinds: readonly ValueKind[]): DataType | undefined {
  const are = (...allowed: readonly ValueKind[]): boolean =>
    kinds.every((kind) => allowed.includes(kind));
  if (are('string')) return new Utf8();
  if (are('boolean')) return new Bool();
  if (are('integer', 'long integer')) return new Int64();
  return are('integer', 'number') ? new Float64() : undefined;
}

function noType(seen: SeenField, path: string, file: string): ToeditError {
  const [first, second] = seen.kinds;
  if (first === undefined) throw new TypeError('a field of no values is text');
  const [kind, row] = first;
  const other = second === undefined ? '' : `, in row ${second[1]} ${article(second[0])}`;
  const remedy = seen.kinds.has('broken string')
    ? 'mend it, or keep whole lines with --json-fields line'
    : 'mend the rows, or ask for --json-fields text (such a field becomes text) or line (whole lines are kept)';
  return new ToeditError(
    'TYPE_LOST',
    `${file}: no type holds all values of the field ${JSON.stringify(path)}: in row ${row} it has ${article(kind)}${other}; ${remedy}`,
    { place: { file, row: second?.[1] ?? row } },
  );
}

function article(kind: ValueKind): string {
  return `${/^[aeiou]/u.test(kind) ? 'an' : 'a'} ${kind}`;
}
