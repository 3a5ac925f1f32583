import { thriftTypes } from './thrift-cursor.ts';
import type { ThriftStruct } from './thrift-struct.ts';

/** What a field is to hold: its type, and its value in the compact protocol. */
export interface FieldValue {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** New values by field id; null leaves a field out. Fields that are not named keep their bytes. */
export type FieldChanges = ReadonlyMap<number, FieldValue | null>;

const noBytes = new Uint8Array(0);

/**
 * A struct with some fields changed, added or left out; all others, unknown ones too, keep their bytes.
 *
 * @param struct - undefined: a new one, which has the given fields only.
 */
export function writeStruct(struct: ThriftStruct | undefined, changes: FieldChanges): Uint8Array {
  const parts: Uint8Array[] = [];
  const added = [...changes].filter(
    ([id, value]) => value !== null && !struct?.fields.some((field) => field.id === id),
  ) as [number, FieldValue][];
  added.sort(([left], [right]) => right - left);
  const ids = { before: 0, written: 0 };
  const push = (id: number, { kind, bytes }: FieldValue): void => {
    parts.push(fieldHeader(id, id - ids.written, kind), bytes);
    ids.written = id;
  };
  const pushAdded = (end: number): void => {
    for (let next = added.at(-1); next !== undefined && next[0] < end; next = added.at(-1)) {
      push(...next);
      added.pop();
    }
  };
  for (const field of struct?.fields ?? []) {
    pushAdded(field.id);
    const change = changes.get(field.id);
    if (change !== undefined) {
      if (change !== null) push(field.id, change);
    } else if (ids.written === ids.before) {
      parts.push(bytesOf(struct, field.header, field.end));
      ids.written = field.id;
    } else push(field.id, { kind: field.kind, bytes: bytesOf(struct, field.start, field.end) });
    ids.before = field.id;
  }
  pushAdded(Number.POSITIVE_INFINITY);
  parts.push(Uint8Array.of(0));
  return Buffer.concat(parts);
}

function bytesOf(struct: ThriftStruct | undefined, start: number, end: number): Uint8Array {
  return struct?.bytes.subarray(start, end) ?? noBytes;
}

/** A new struct of the given fields. */
export function newStruct(fields: readonly (readonly [number, FieldValue | null])[]): Uint8Array {
  return writeStruct(undefined, new Map(fields));
}

function fieldHeader(id: number, delta: number, kind: number): Uint8Array {
  if (delta >= 1 && delta <= 15) return Uint8Array.of((delta << 4) | kind);
  return Buffer.concat([Uint8Array.of(kind), varint(id * 2)]);
}

/** An i32 that is not negative. */
export function i32Value(value: number): FieldValue {
  return { kind: thriftTypes.i32, bytes: varint(value * 2) };
}

/** An i64 that is not negative, up to 2^52. */
export function i64Value(value: number): FieldValue {
  return { kind: thriftTypes.i64, bytes: varint(value * 2) };
}

/** True or false, which are types of their own. */
export function boolValue(value: boolean): FieldValue {
  return { kind: value ? 1 : 2, bytes: noBytes };
}

/** Bytes, or a string in UTF-8. */
export function binaryValue(value: Uint8Array | string): FieldValue {
  return { kind: thriftTypes.binary, bytes: withLength(value) };
}

function withLength(value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** A struct, as {@link writeStruct} gives it. */
export function structValue(bytes: Uint8Array): FieldValue {
  return { kind: thriftTypes.struct, bytes };
}

/** A list of structs. */
export function structList(items: readonly Uint8Array[]): FieldValue {
  return listValue(thriftTypes.struct, items);
}

/** A list of i32 that are not negative. */
export function i32List(items: readonly number[]): FieldValue {
  return listValue(
    thriftTypes.i32,
    items.map((item) => varint(item * 2)),
  );
}

/** A list of i64 that are not negative. */
export function i64List(items: readonly number[]): FieldValue {
  return listValue(
    thriftTypes.i64,
    items.map((item) => varint(item * 2)),
  );
}

/** A list of booleans, of which each is a byte. */
export function boolList(items: readonly boolean[]): FieldValue {
  return listValue(
    1,
    items.map((item) => Uint8Array.of(item ? 1 : 2)),
  );
}

/** A list of binaries. */
export function binaryList(items: readonly Uint8Array[]): FieldValue {
  return listValue(thriftTypes.binary, items.map(withLength));
}

function listValue(kind: number, items: readonly Uint8Array[]): FieldValue {
  return {
    kind: thriftTypes.list,
    bytes: Buffer.concat([listHeader(kind, items.length), ...items]),
  };
}

/** What stands before the items of a list. */
export function listHeader(kind: number, length: number): Uint8Array {
  if (length < 15) return Uint8Array.of((length << 4) | kind);
  return Buffer.concat([Uint8Array.of(0xf0 | kind), varint(length)]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
