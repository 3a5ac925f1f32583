/** A place in metadata that is written in Thrift's compact protocol. */
export interface ThriftCursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Types of the compact protocol (thrift-compact-protocol.md); 1 and 2 are true and false, without a value in a field. */
export const thriftTypes = {
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
} as const;

/** A field of a struct: its id, and what {@link thriftTypes} calls it. */
export interface ThriftField {
  readonly id: number;
  readonly kind: number;
}

/** Parquet's own metadata is 6 deep; damaged bytes would nest until the stack ends. */
const maxDepth = 32;

/**
 * Reads the header of the next field.
 *
 * @param lastId - the id of the field before it, 0 at the beginning of a struct.
 * @returns null at the struct's end.
 * @throws Error where the bytes end.
 */
export function readField(cursor: ThriftCursor, lastId: number): ThriftField | null {
  const header = readByte(cursor);
  if (header === 0) return null;
  const id = header >> 4 === 0 ? readZigzag(cursor) : lastId + (header >> 4);
  return { id, kind: header & 15 };
}

/**
 * Passes over a value.
 *
 * @throws Error where its type is unknown, it nests too deep, or the bytes end.
 */
export function skipValue(cursor: ThriftCursor, kind: number, depth = 0): void {
  if (depth > maxDepth) throw new Error('the metadata nests too deep');
  switch (kind) {
    case 1:
    case 2:
      return;
    case thriftTypes.byte:
      return advance(cursor, 1);
    case thriftTypes.i16:
    case thriftTypes.i32:
    case thriftTypes.i64:
      readVarint(cursor);
      return;
    case thriftTypes.double:
      return advance(cursor, 8);
    case thriftTypes.binary:
      return advance(cursor, readVarint(cursor));
    case thriftTypes.list:
    case thriftTypes.set:
      return skipList(cursor, depth);
    case thriftTypes.struct:
      return skipStruct(cursor, depth);
    default:
      // Maps do not occur in Parquet's metadata.
      throw new Error(`field type ${kind} is unknown`);
  }
}

function skipList(cursor: ThriftCursor, depth: number): void {
  const { length, kind } = readListHeader(cursor);
  if (kind <= 2) return advance(cursor, length);
  for (let i = 0; i < length; i++) skipValue(cursor, kind, depth + 1);
}

function skipStruct(cursor: ThriftCursor, depth: number): void {
  for (let field = readField(cursor, 0); field !== null; field = readField(cursor, field.id)) {
    skipValue(cursor, field.kind, depth + 1);
  }
}

/**
 * Reads how many items a list or set has, and of what type they are.
 *
 * @throws Error where the bytes end, or there are fewer of them than items.
 */
export function readListHeader(cursor: ThriftCursor): {
  readonly length: number;
  readonly kind: number;
} {
  const header = readByte(cursor);
  const length = header >> 4 === 15 ? readVarint(cursor) : header >> 4;
  // Every item takes a byte at least: a damaged length must not cost time.
  requireLeft(cursor, length);
  return { length, kind: header & 15 };
}

/** Reads an i16, i32 or i64. Beyond 2^53 it is rounded. */
export function readZigzag(cursor: ThriftCursor): number {
  const value = readVarint(cursor);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function readVarint(cursor: ThriftCursor): number {
  let value = 0;
  for (let scale = 1; scale < 2 ** 70; scale *= 128) {
    const byte = readByte(cursor);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw new Error('a number of the metadata is too long');
}

function readByte(cursor: ThriftCursor): number {
  const byte = cursor.bytes[cursor.at++];
  if (byte === undefined) throw endsTooEarly();
  return byte;
}

function advance(cursor: ThriftCursor, length: number): void {
  requireLeft(cursor, length);
  cursor.at += length;
}

function requireLeft(cursor: ThriftCursor, length: number): void {
  if (length > cursor.bytes.length - cursor.at) throw endsTooEarly();
}

function endsTooEarly(): Error {
  return new Error('the metadata ends too early');
}
