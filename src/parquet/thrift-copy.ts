/** What to do with the fields of a struct; those that are not named are copied as they are. */
export interface CopyRule {
  /** Fields to leave out. */
  readonly drop?: ReadonlySet<number>;
  /** Fields that are structs, or lists of structs, with a rule of their own. */
  readonly into?: ReadonlyMap<number, CopyRule>;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Types of the compact protocol (thrift-compact-protocol.md); 1 and 2 are true and false, without a value in a field. */
const type = {
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

/**
 * Copies a struct in Thrift's compact protocol, without the fields that the rule drops. Fields that are unknown stay.
 *
 * @throws Error where the bytes are no such struct.
 */
export function copyThriftStruct(bytes: Uint8Array, rule: CopyRule): Uint8Array {
  const output: Uint8Array[] = [];
  copyStruct({ bytes, at: 0 }, output, rule);
  return Buffer.concat(output);
}

function copyStruct(input: Cursor, output: Uint8Array[], rule: CopyRule): void {
  let id = 0;
  let copied = 0;
  for (;;) {
    const header = readByte(input);
    if (header === 0) break;
    const kind = header & 15;
    id = header >> 4 === 0 ? readZigzag(input) : id + (header >> 4);
    if (rule.drop?.has(id) === true) {
      skip(input, kind);
      continue;
    }
    output.push(fieldHeader(id, id - copied, kind));
    copied = id;
    copyValue(input, output, { kind, rule: rule.into?.get(id) });
  }
  output.push(Uint8Array.of(0));
}

function copyValue(
  input: Cursor,
  output: Uint8Array[],
  { kind, rule }: { readonly kind: number; readonly rule: CopyRule | undefined },
): void {
  const start = input.at;
  if (rule === undefined) skip(input, kind);
  else if (kind === type.struct) return copyStruct(input, output, rule);
  else if (kind === type.list) {
    const { length } = readListHeader(input);
    output.push(input.bytes.subarray(start, input.at));
    for (let i = 0; i < length; i++) copyStruct(input, output, rule);
    return;
  } else throw new Error(`field type ${kind} is no struct`);
  output.push(input.bytes.subarray(start, input.at));
}

function fieldHeader(id: number, delta: number, kind: number): Uint8Array {
  if (delta >= 1 && delta <= 15) return Uint8Array.of((delta << 4) | kind);
  const bytes = [kind];
  let rest = id << 1;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Uint8Array.from([...bytes, rest]);
}

function skip(input: Cursor, kind: number): void {
  switch (kind) {
    case 1:
    case 2:
      return;
    case type.byte:
      input.at += 1;
      return;
    case type.i16:
    case type.i32:
    case type.i64:
      readVarint(input);
      return;
    case type.double:
      input.at += 8;
      return;
    case type.binary:
      return skipBinary(input);
    case type.list:
    case type.set:
      return skipList(input);
    case type.struct:
      return skipStruct(input);
    default:
      // Maps do not occur in Parquet's metadata.
      throw new Error(`field type ${kind} is unknown`);
  }
}

function skipBinary(input: Cursor): void {
  const length = readVarint(input);
  input.at += length;
}

function skipList(input: Cursor): void {
  const { length, kind } = readListHeader(input);
  for (let i = 0; i < length; i++) {
    if (kind <= 2) input.at += 1;
    else skip(input, kind);
  }
}

function skipStruct(input: Cursor): void {
  for (let header = readByte(input); header !== 0; header = readByte(input)) {
    if (header >> 4 === 0) readVarint(input);
    skip(input, header & 15);
  }
}

function readListHeader(input: Cursor): { readonly length: number; readonly kind: number } {
  const header = readByte(input);
  const length = header >> 4 === 15 ? readVarint(input) : header >> 4;
  return { length, kind: header & 15 };
}

function readByte(input: Cursor): number {
  const byte = input.bytes[input.at++];
  if (byte === undefined) throw new Error('the metadata ends too early');
  return byte;
}

function readVarint(input: Cursor): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = readByte(input);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

function readZigzag(input: Cursor): number {
  const value = readVarint(input);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
