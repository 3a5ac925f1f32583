import {
  readField,
  readListHeader,
  skipValue,
  type ThriftCursor,
  thriftTypes,
} from './thrift-cursor.ts';

/** What to do with the fields of a struct; those that are not named are copied as they are. */
export interface CopyRule {
  /** Fields to leave out. */
  readonly drop?: ReadonlySet<number>;
  /** Fields that are structs, or lists of structs, with a rule of their own. */
  readonly into?: ReadonlyMap<number, CopyRule>;
}

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

function copyStruct(input: ThriftCursor, output: Uint8Array[], rule: CopyRule): void {
  let copied = 0;
  for (let field = readField(input, 0); field !== null; field = readField(input, field.id)) {
    const { id, kind } = field;
    if (rule.drop?.has(id) === true) {
      skipValue(input, kind);
      continue;
    }
    output.push(fieldHeader(id, id - copied, kind));
    copied = id;
    copyValue(input, output, { kind, rule: rule.into?.get(id) });
  }
  output.push(Uint8Array.of(0));
}

function copyValue(
  input: ThriftCursor,
  output: Uint8Array[],
  { kind, rule }: { readonly kind: number; readonly rule: CopyRule | undefined },
): void {
  const start = input.at;
  if (rule === undefined) skipValue(input, kind);
  else if (kind === thriftTypes.struct) return copyStruct(input, output, rule);
  else if (kind === thriftTypes.list) {
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
