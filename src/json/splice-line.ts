import { ToeditError } from '../errors.ts';
import { decodeString } from './decode-string.ts';
import { encodeString, encodeStringLike } from './encode-string.ts';
import { type ScannedObject, scanObject } from './scan-object.ts';

/** What a line of JSON gets. */
export interface LineEdit {
  /** The member that holds the text. */
  readonly field: string;
  /** The text's bytes, null where there is none. */
  readonly text: Uint8Array | null;
  /** Members to add, by name; each value is JSON. */
  readonly added: ReadonlyMap<string, string>;
}

/**
 * The line as pieces to be written one after the other. Every byte stays but the text's JSON literal, where the text
 * is not the one that `decodeString` finds there, and the added members, which follow the last one. A text that is not
 * null and has no member becomes one.
 *
 * @param line - one JSON object, with any white space around it.
 * @throws JsonSyntaxError; ToeditError `COLUMN_EXISTS` where the line has a member of an added name.
 */
export function spliceLine(line: Uint8Array, edit: LineEdit): Uint8Array[] {
  const scanned = scanObject(line, new Set([edit.field, ...edit.added.keys()]));
  refuseTaken(scanned, edit);
  const span = scanned.members.get(edit.field);
  const current = span === undefined ? null : decodeString(line, span);
  const added = new Map(edit.added);
  if (isSameText(current, edit.text)) return insertMembers(line, scanned.insertAt, added);
  if (span === undefined) {
    added.set(edit.field, encodeText(edit.text));
    return insertMembers(line, scanned.insertAt, added);
  }
  const literal = encodeText(edit.text, line.subarray(span.start, span.end));
  const tail = line.subarray(span.end);
  return [
    line.subarray(0, span.start),
    encoder.encode(literal),
    ...insertMembers(tail, scanned.insertAt - span.end, added),
  ];
}

function refuseTaken({ members }: ScannedObject, { field, added }: LineEdit): void {
  const taken = [...added.keys()].find((name) => name === field || members.has(name));
  if (taken === undefined) return;
  throw new ToeditError(
    'COLUMN_EXISTS',
    `the line has a field ${JSON.stringify(taken)} already; rename it, or do not ask for that column`,
  );
}

function isSameText(one: Uint8Array | null, other: Uint8Array | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && Buffer.compare(one, other) === 0;
}

function encodeText(text: Uint8Array | null, literal?: Uint8Array): string {
  if (text === null) return 'null';
  return literal === undefined ? encodeString(text) : encodeStringLike(text, literal);
}

/** Pieces of the bytes with members put in at `at`, which is after a value or after the opening brace. */
function insertMembers(
  bytes: Uint8Array,
  at: number,
  members: ReadonlyMap<string, string>,
): Uint8Array[] {
  if (members.size === 0) return [bytes];
  const json = Array.from(members, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
  const isFirst = bytes[at - 1] === 0x7b;
  return [bytes.subarray(0, at), encoder.encode(isFirst ? json : `,${json}`), bytes.subarray(at)];
}

const encoder = new TextEncoder();
