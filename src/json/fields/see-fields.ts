import { type Place, ToeditError } from '../../errors.ts';
import { type Span, scanArray, scanObject } from '../scan-object.ts';
import { decodeString } from '../strings.ts';

/**
 * What a JSON value is, as columns tell values apart. An integer is long from 2^53 on: no double holds each of those; it is huge from
 * 2^63 on, which no column holds. `-0` is a number: as an integer it would lose its sign. A string is broken where it escapes half a
 * surrogate pair or its line is not UTF-8.
 */
export type ValueKind =
  | 'null'
  | 'boolean'
  | 'integer'
  | 'long integer'
  | 'huge integer'
  | 'number'
  | 'huge number'
  | 'string'
  | 'broken string'
  | 'array'
  | 'object'
  | 'deeply nested value';

/** What was seen of a field in all rows so far. */
export interface SeenField {
  /** Each kind but null, with the first row that has it. */
  readonly kinds: Map<Exclude<ValueKind, 'null'>, number>;
  /** Of arrays: their items. */
  items: SeenField | undefined;
  /** Of objects: their members, in order of first appearance. */
  readonly members: Map<string, SeenField>;
}

/** Arrays and objects are followed so far into each other. */
const mostLevels = 32;

/** More fields than that, those within others counted, are not what a table is for. */
const mostFields = 10_000;

/** A value in a line of JSON: where it stands, and in which row. */
export interface PlacedValue {
  readonly line: Uint8Array;
  readonly span: Span;
  readonly row: number;
}

/** Fields as they are seen, row by row. */
export interface SeenFields {
  /** In order of first appearance. */
  readonly fields: ReadonlyMap<string, SeenField>;
  /** Adds a value to what was seen of the field of that name; without one, the field alone. */
  readonly see: (name: string, value?: PlacedValue) => void;
}

/**
 * Nothing seen yet.
 *
 * @param file - what errors call the input.
 * @throws ToeditError `TYPE_LOST` from `see`, where there are too many fields.
 */
export function seenFields(file: string): SeenFields {
  const fields = new Map<string, SeenField>();
  let count = 0;
  const make = (row: number | undefined): SeenField => {
    if (++count > mostFields) throw tooMany({ file, row });
    return { kinds: new Map(), items: undefined, members: new Map() };
  };
  const fieldIn = (those: Map<string, SeenField>, name: string, row?: number): SeenField => {
    const field = those.get(name) ?? make(row);
    those.set(name, field);
    return field;
  };
  const add = (seen: SeenField, value: PlacedValue, level: number): void => {
    const { line, span, row } = value;
    const kind = level < mostLevels ? kindOf(value) : 'deeply nested value';
    if (kind === 'null') return;
    if (!seen.kinds.has(kind)) seen.kinds.set(kind, row);
    if (kind === 'array') {
      const items = (seen.items ??= make(row));
      for (const item of itemsOf(line, span)) add(items, { line, row, span: item }, level + 1);
    }
    for (const [name, member] of kind === 'object' ? membersOf(line, span) : []) {
      add(fieldIn(seen.members, name, row), { line, row, span: member }, level + 1);
    }
  };
  return {
    fields,
    see(name, value) {
      const field = fieldIn(fields, name, value?.row);
      if (value !== undefined) add(field, value, 0);
    },
  };
}

function tooMany(place: Place): ToeditError {
  return new ToeditError(
    'TYPE_LOST',
    `${place.file ?? 'the input'}: its rows have more than ${mostFields} different fields: keep whole lines with --json-fields line`,
    { place },
  );
}

/** The kind of a value, by its own bytes. */
function kindOf({ line, span }: Pick<PlacedValue, 'line' | 'span'>): ValueKind {
  switch (line[span.start]) {
    case 0x22:
      return textOf(line, span) === null ? 'broken string' : 'string';
    case 0x5b:
      return 'array';
    case 0x7b:
      return 'object';
    case 0x74:
    case 0x66:
      return 'boolean';
    case 0x6e:
      return 'null';
    default:
      return numberKind(literalOf(line, span));
  }
}

function numberKind(literal: string): ValueKind {
  if (literal === 'NaN' || literal.endsWith('Infinity')) return 'number';
  if (literal !== '-0' && /^-?\d+$/u.test(literal)) {
    if (Number.isSafeInteger(Number(literal))) return 'integer';
    const value = BigInt(literal);
    return BigInt.asIntN(64, value) === value ? 'long integer' : 'huge integer';
  }
  return Number.isFinite(Number(literal)) ? 'number' : 'huge number';
}

/** The UTF-8 bytes of a string; null where it has none. */
export function textOf(line: Uint8Array, { start, end }: Span): Uint8Array | null {
  // Of the string alone, for `decodeString` looks at all it is given.
  return decodeString(line.subarray(start, end), { start: 0, end: end - start });
}

/** A value as it is written. */
export function literalOf(line: Uint8Array, { start, end }: Span): string {
  return decoder.decode(line.subarray(start, end));
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The items of an array, by their places in the line. */
export function itemsOf(line: Uint8Array, { start, end }: Span): Span[] {
  return scanArray(line.subarray(start, end)).map((span) => moved(span, start));
}

/** The members of an object, by their places in the line. */
export function* membersOf(line: Uint8Array, { start, end }: Span): Generator<[string, Span]> {
  const { members } = scanObject(line.subarray(start, end));
  for (const [name, span] of members) yield [name, moved(span, start)];
}

function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
