import {
  readField,
  readListHeader,
  readZigzag,
  skipValue,
  type ThriftCursor,
  thriftTypes,
} from './thrift-cursor.ts';

/** A field of a struct, by where it lies in the struct's bytes. */
export interface FieldSpan {
  readonly id: number;
  readonly kind: number;
  /** First byte of the field's header. */
  readonly header: number;
  /** First byte of its value. */
  readonly start: number;
  /** The byte after its value. */
  readonly end: number;
}

/** A struct in Thrift's compact protocol, read one level deep: its fields keep their bytes until they are asked for. */
export interface ThriftStruct {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** The byte after its stop byte. */
  readonly end: number;
  readonly fields: readonly FieldSpan[];
}

/**
 * Finds the fields of the struct that begins at `start`.
 *
 * @throws Error where the bytes are no struct.
 */
export function readStruct(bytes: Uint8Array, start = 0): ThriftStruct {
  const cursor: ThriftCursor = { bytes, at: start };
  const fields: FieldSpan[] = [];
  let header = start;
  for (let field = readField(cursor, 0); field !== null; field = readField(cursor, field.id)) {
    const { at } = cursor;
    skipValue(cursor, field.kind);
    fields.push({ id: field.id, kind: field.kind, header, start: at, end: cursor.at });
    header = cursor.at;
  }
  return { bytes, start, end: cursor.at, fields };
}

/** The field of an id; undefined where the struct has none. */
export function fieldOf(struct: ThriftStruct, id: number): FieldSpan | undefined {
  for (const field of struct.fields) if (field.id === id) return field;
  return undefined;
}

/**
 * The struct in a field; undefined where there is none.
 *
 * @throws Error where it is no struct.
 */
export function structIn(struct: ThriftStruct, id: number): ThriftStruct | undefined {
  const field = fieldOf(struct, id);
  if (field === undefined) return undefined;
  requireKind(field, thriftTypes.struct);
  return readStruct(struct.bytes, field.start);
}

/**
 * The structs of a list, each read as it is pulled; none where the field is absent. A list may hold a million: who does
 * not need all of them at once does not keep them.
 *
 * @throws Error where it is no list of structs.
 */
export function* eachStructIn(struct: ThriftStruct, id: number): Generator<ThriftStruct> {
  const cursor = listIn(struct, id, thriftTypes.struct);
  for (let i = 0; i < cursor.length; i++) {
    const item = readStruct(cursor.bytes, cursor.at);
    cursor.at = item.end;
    yield item;
  }
}

/** All of {@link eachStructIn}. */
export function structsIn(struct: ThriftStruct, id: number): ThriftStruct[] {
  return [...eachStructIn(struct, id)];
}

function listIn(
  { bytes, fields }: ThriftStruct,
  id: number,
  kind: number,
): ThriftCursor & { readonly length: number } {
  const field = fields.find((each) => each.id === id);
  if (field === undefined) return { bytes, at: 0, length: 0 };
  requireKind(field, thriftTypes.list);
  const cursor = { bytes, at: field.start };
  const list = readListHeader(cursor);
  if (list.length > 0 && list.kind !== kind) throw new Error(`field ${id} holds other items`);
  return { bytes, at: cursor.at, length: list.length };
}

/**
 * A size, place or number of rows; undefined where the field is absent.
 *
 * @throws Error where it is no integer, or negative, or beyond 2^53.
 */
export function countIn(struct: ThriftStruct, id: number): number | undefined {
  const value = integerIn(struct, id);
  return value === undefined ? undefined : checkCount(value, id);
}

/**
 * A count that must be there.
 *
 * @throws Error where it is not, or is no count.
 */
export function requireCount(struct: ThriftStruct, id: number): number {
  const value = countIn(struct, id);
  if (value === undefined) throw new Error(`field ${id} is missing`);
  return value;
}

function checkCount(value: number, id: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`field ${id} is no count: ${value}`);
}

/**
 * An integer of a field; undefined where it is absent. Beyond 2^53 it is rounded.
 *
 * @throws Error where it is no integer.
 */
export function integerIn(struct: ThriftStruct, id: number): number | undefined {
  const field = fieldOf(struct, id);
  if (field === undefined) return undefined;
  const { kind } = field;
  if (kind !== thriftTypes.i16 && kind !== thriftTypes.i32 && kind !== thriftTypes.i64) {
    throw new Error(`field ${id} is no integer`);
  }
  return readZigzag({ bytes: struct.bytes, at: field.start });
}

/**
 * The bytes of a binary or string; undefined where the field is absent.
 *
 * @throws Error where it is no binary.
 */
export function binaryIn(struct: ThriftStruct, id: number): Uint8Array | undefined {
  const field = fieldOf(struct, id);
  if (field === undefined) return undefined;
  requireKind(field, thriftTypes.binary);
  // The length before it has 7 bits a byte.
  let { start } = field;
  while ((struct.bytes[start] ?? 0) > 127) start++;
  return struct.bytes.subarray(start + 1, field.end);
}

function requireKind({ id, kind }: FieldSpan, expected: number): void {
  if (kind !== expected) throw new Error(`field ${id} has another type: ${kind}`);
}
