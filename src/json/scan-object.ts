import { skipBlank, skipSpace } from '../text/skip-space.ts';
import { unexpected } from './json-syntax-error.ts';
import { skipString } from './skip-scalar.ts';
import { skipName, skipValue } from './skip-value.ts';

/** Where a value stands: from its first byte to the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What {@link scanObject} finds in a line. */
export interface ScannedObject {
  /** The members, in order of first appearance; of a repeated name the last value counts, as in `JSON.parse`. */
  readonly members: ReadonlyMap<string, Span>;
  /** Where a further member can be put: after the last value, or after the brace of an empty object. */
  readonly insertAt: number;
}

/**
 * Finds the members of the one JSON object (RFC 8259) that the bytes hold, with white space and byte order marks
 * around it. Invalid UTF-8 inside strings passes.
 *
 * @param wants - the names to find; all where it is undefined.
 * @throws JsonSyntaxError where the bytes are anything else.
 */
export function scanObject(bytes: Uint8Array, wants?: ReadonlySet<string>): ScannedObject {
  const members = new Map<string, Span>();
  const open = skipBlank(bytes, 0);
  if (bytes[open] !== 0x7b) throw unexpected(bytes, open, '"{"');
  let insertAt = open + 1;
  let at = skipSpace(bytes, insertAt);
  let isMember = bytes[at] !== 0x7d;
  while (isMember) {
    const start = skipName(bytes, at);
    const name = decodeName(bytes.subarray(at, skipString(bytes, at)));
    insertAt = skipValue(bytes, start);
    if (wants === undefined || wants.has(name)) members.set(name, { start, end: insertAt });
    at = skipSpace(bytes, insertAt);
    isMember = bytes[at] === 0x2c;
    if (isMember) at = skipSpace(bytes, at + 1);
    else if (bytes[at] !== 0x7d) throw unexpected(bytes, at, '"," or "}"');
  }
  const end = skipBlank(bytes, at + 1);
  if (end !== bytes.length) throw unexpected(bytes, end, 'nothing after the object');
  return { members, insertAt };
}

function decodeName(literal: Uint8Array): string {
  const text = decoder.decode(literal);
  return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
