import {
  Binary,
  Bool,
  DataType,
  Field,
  Float64,
  Int64,
  List,
  Struct,
  TimestampMillisecond,
  Utf8,
} from 'apache-arrow';

/** A row as plain JavaScript: its columns' values by name. */
export type PlainRow = Readonly<Record<string, unknown>>;

/**
 * The Arrow type that holds all of some plain values: strings are Utf8, numbers Float64, `bigint`s Int64, booleans Bool, `Date`s
 * timestamps in milliseconds, `Uint8Array`s Binary, arrays lists, other objects structs of the members of all of them. Of nothing but
 * nulls it is Utf8. Where values do not go together, the type is that of the first; `misfit` finds the others.
 */
function inferType(values: Iterable<unknown>): DataType {
  const all = [...values].filter((value) => !isNothing(value));
  const [first] = all;
  if (first === undefined) return new Utf8();
  const kind = kindOf(first);
  if (kind === 'array') {
    const items = all.filter(Array.isArray).flat(1);
    return new List(new Field('item', inferType(items), true));
  }
  if (kind === 'object') return new Struct(inferFields(all.filter(isPlainRow)));
  return scalarTypes[kind]();
}

/** The fields of all rows, in the order in which their names appear; each may be null. */
export function inferFields(rows: readonly PlainRow[]): Field[] {
  const columns = new Map<string, unknown[]>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const column = columns.get(name);
      if (column === undefined) columns.set(name, [value]);
      else column.push(value);
    }
  }
  return Array.from(columns, ([name, values]) => new Field(name, inferType(values), true));
}

/** A value that a column's type does not hold. */
export interface Misfit {
  /** Where it stands: `meta.tags[2]`. */
  readonly path: string;
  /** What it is: `a string`. */
  readonly found: string;
  /** What the column holds there. */
  readonly expected: DataType | 'no such field';
}

/**
 * The first part of a value that a type does not hold as it is; undefined where all of it fits. Types that `inferType` does not give
 * are not looked into.
 */
function misfit(value: unknown, type: DataType, path: string): Misfit | undefined {
  if (isNothing(value)) return undefined;
  const kind = kindOf(value);
  if (DataType.isList(type) && Array.isArray(value)) {
    const [item] = type.children as readonly Field[];
    return item === undefined
      ? undefined
      : firstOf(value, (each: unknown, index) =>
          misfit(each, item.type as DataType, `${path}[${index}]`),
        );
  }
  if (DataType.isStruct(type) && kind === 'object') {
    return rowMisfit(value as PlainRow, type.children, `${path}.`);
  }
  return isHeld(type, value, kind) ? undefined : { path, found: article(kind), expected: type };
}

/** As `misfit`, of the members of a row. */
export function rowMisfit(
  row: PlainRow,
  fields: readonly Field[],
  prefix = '',
): Misfit | undefined {
  return firstOf(Object.entries(row), ([name, value]) => {
    const field = fields.find((each) => each.name === name);
    const path = `${prefix}${name}`;
    if (field !== undefined) return misfit(value, field.type as DataType, path);
    return isNothing(value)
      ? undefined
      : { path, found: article(kindOf(value)), expected: 'no such field' };
  });
}

type Kind = keyof typeof scalarTypes | 'array' | 'object' | 'other';

const scalarTypes = {
  string: () => new Utf8(),
  number: () => new Float64(),
  bigint: () => new Int64(),
  boolean: () => new Bool(),
  date: () => new TimestampMillisecond(),
  bytes: () => new Binary(),
  // A symbol or a function: whatever the type, it does not fit.
  other: () => new Utf8(),
} as const;

function kindOf(value: unknown): Kind {
  if (typeof value !== 'object' || value === null) {
    const kind = typeof value;
    return kind in scalarTypes ? (kind as Kind) : 'other';
  }
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value instanceof Uint8Array) return 'bytes';
  return isPlainRow(value) ? 'object' : 'other';
}

function article(kind: Kind): string {
  if (kind === 'other') return 'a value that no column holds';
  return kind === 'bytes' ? 'bytes' : `${/^[ao]/u.test(kind) ? 'an' : 'a'} ${kind}`;
}

function isPlainRow(value: unknown): value is PlainRow {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether a value is null in a column. */
export function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** Whether a column of the type gives the value back as it was: no half of a surrogate pair, no integer out of range. */
function isHeld(type: DataType, value: unknown, kind: Kind): boolean {
  if (kind === 'other') return false;
  if (DataType.isUtf8(type)) return typeof value === 'string' && !/\p{Surrogate}/u.test(value);
  if (DataType.isFloat(type)) return kind === 'number';
  if (DataType.isBool(type)) return kind === 'boolean';
  if (DataType.isBinary(type)) return kind === 'bytes';
  if (DataType.isTimestamp(type)) return value instanceof Date && !Number.isNaN(value.getTime());
  if (DataType.isInt(type)) return isInRange(type.bitWidth, type.isSigned, value);
  return !DataType.isList(type) && !DataType.isStruct(type);
}

function isInRange(bits: number, isSigned: boolean, value: unknown): boolean {
  if (bits === 64 ? typeof value !== 'bigint' : !Number.isInteger(value)) return false;
  const wide = BigInt(value as bigint | number);
  return wide === (isSigned ? BigInt.asIntN(bits, wide) : BigInt.asUintN(bits, wide));
}

function firstOf<Item, Found>(
  items: readonly Item[],
  find: (item: Item, index: number) => Found | undefined,
): Found | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
