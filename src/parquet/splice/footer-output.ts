import { countIn, type FieldSpan, fieldOf, type ThriftStruct } from '../footer/thrift-struct.ts';
import { i64Value } from '../footer/write-thrift.ts';

/** A footer that is made of another one: what is not replaced is copied. */
export interface FooterOutput {
  /** Puts bytes in place of those from `start` to `end`. Places grow from call to call. */
  replace(start: number, end: number, bytes: Uint8Array): void;
  /** All bytes: the rest of the old footer is copied. */
  finish(): Uint8Array;
}

/**
 * Begins a footer. Neither structs nor lists state their bytes, so that values of any depth are replaced in place: of a
 * million columns, nothing but what changes is written anew.
 */
export function footerOutput(old: Uint8Array): FooterOutput {
  let bytes = Buffer.allocUnsafe(old.length + 2 ** 16);
  let length = 0;
  let copied = 0;
  const push = (part: Uint8Array): void => {
    if (length + part.length > bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (length + part.length));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(part, length);
    length += part.length;
  };
  return {
    replace: (start, end, part) => {
      push(old.subarray(copied, start));
      push(part);
      copied = end;
    },
    finish: () => {
      push(old.subarray(copied));
      copied = old.length;
      return bytes.subarray(0, length);
    },
  };
}

/** What becomes of a field of a struct that is copied: what `replace` does at its place. */
export type FieldPatches = ReadonlyMap<number, (field: FieldSpan) => void>;

/** Patches fields of a struct in the order in which they lie there. */
export function patchFields(struct: ThriftStruct, patches: FieldPatches): void {
  for (const field of struct.fields) patches.get(field.id)?.(field);
}

/** Puts a number in place of a field's, where it is another one; undefined is none. Absent fields stay absent. */
export function patchCount(
  output: FooterOutput,
  struct: ThriftStruct,
  id: number,
  value: number | undefined,
): void {
  const field = fieldOf(struct, id);
  if (field === undefined || value === undefined || countIn(struct, id) === value) return;
  output.replace(field.start, field.end, i64Value(value).bytes);
}
