import { type FileHandle, open } from 'node:fs/promises';
import { writeFailed, writeWhole } from '../../files/write-bytes.ts';
import { countIn, type FieldSpan, fieldOf, type ThriftStruct } from '../footer/thrift-struct.ts';
import { i64Value } from '../footer/write-thrift.ts';

/** A new file that is written from its first byte to its last. */
export interface OutputFile {
  /** Bytes written so far: where the next one comes to lie. */
  readonly position: number;
  /** Adds bytes, which must not change before `finish`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Hands what is still held to the system. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Small pieces are gathered: a write each would cost more than the bytes. */
const gatherBytes = 2 ** 20;

/**
 * Makes a file, which must not exist.
 *
 * @param path - what messages call it.
 * @throws ToeditError `WRITE_FAILED`, from its methods too.
 */
export async function createOutput(temporaryPath: string, path: string): Promise<OutputFile> {
  const handle = await attempt(path, () => open(temporaryPath, 'wx'));
  let position = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const flush = async (): Promise<void> => {
    const bytes = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
    held = [];
    heldBytes = 0;
    await attempt(path, () => writeWhole(handle, bytes));
  };
  return {
    get position() {
      return position;
    },
    write: async (bytes) => {
      position += bytes.length;
      held.push(bytes);
      heldBytes += bytes.length;
      if (heldBytes >= gatherBytes) await flush();
    },
    finish: flush,
    close: () => closed(handle, path),
  };
}

async function closed(handle: FileHandle, path: string): Promise<void> {
  await attempt(path, () => handle.close());
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw writeFailed(path, error);
  }
}

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
