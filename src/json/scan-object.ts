import { skipBlank, skipSpace } from '../text/utf8.ts';

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

/**
 * Finds the items of the one JSON array that the bytes hold.
 *
 * @throws JsonSyntaxError where the bytes are anything else.
 */
export function scanArray(bytes: Uint8Array): Span[] {
  const items: Span[] = [];
  if (bytes[0] !== 0x5b) throw unexpected(bytes, 0, '"["');
  let at = skipSpace(bytes, 1);
  let isItem = bytes[at] !== 0x5d;
  while (isItem) {
    const end = skipValue(bytes, at);
    items.push({ start: at, end });
    at = skipSpace(bytes, end);
    isItem = bytes[at] === 0x2c;
    if (isItem) at = skipSpace(bytes, at + 1);
    else if (bytes[at] !== 0x5d) throw unexpected(bytes, at, '"," or "]"');
  }
  return items;
}

function decodeName(literal: Uint8Array): string {
  const text = decoder.decode(literal);
  return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The position after the JSON value that begins at `start`, RFC 8259, and `NaN`, `Infinity`, `-Infinity`. Depth is bounded by memory alone: there
 * is no recursion that a hostile line could overflow.
 *
 * @throws JsonSyntaxError
 */
function skipValue(bytes: Uint8Array, start: number): number {
  const closers: number[] = [];
  let at = start;
  do {
    at = openOrSkip(bytes, skipSpace(bytes, at), closers);
    at = closeOrContinue(bytes, at, closers);
  } while (closers.length > 0);
  return at;
}

/** Enters containers until a scalar or an empty container is passed. */
function openOrSkip(bytes: Uint8Array, start: number, closers: number[]): number {
  let at = start;
  for (;;) {
    const opener = bytes[at];
    if (opener !== 0x7b && opener !== 0x5b) return skipScalar(bytes, at);
    // In ASCII both closers stand two after their openers.
    const closer = opener + 2;
    at = skipSpace(bytes, at + 1);
    if (bytes[at] === closer) return at + 1;
    closers.push(closer);
    if (closer === 0x7d) at = skipName(bytes, at);
  }
}

/** After a value: leaves the containers that end here; where one goes on, stops before its next value. */
function closeOrContinue(bytes: Uint8Array, start: number, closers: number[]): number {
  let at = start;
  for (let closer = closers.at(-1); closer !== undefined; closer = closers.at(-1)) {
    at = skipSpace(bytes, at);
    if (bytes[at] === 0x2c) {
      at = skipSpace(bytes, at + 1);
      return closer === 0x7d ? skipName(bytes, at) : at;
    }
    if (bytes[at] !== closer) {
      throw unexpected(bytes, at, `"," or "${String.fromCharCode(closer)}"`);
    }
    closers.pop();
    at++;
  }
  return at;
}

/**
 * The position of the member's value, given the position of its name.
 *
 * @throws JsonSyntaxError
 */
function skipName(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x22) throw unexpected(bytes, at, 'a member name');
  const colon = skipSpace(bytes, skipString(bytes, at));
  if (bytes[colon] !== 0x3a) throw unexpected(bytes, colon, '":"');
  return skipSpace(bytes, colon + 1);
}

/**
 * The position after the string whose opening quote is at `open`; bytes from 0x80 on are not looked at.
 *
 * @throws JsonSyntaxError
 */
function skipString(bytes: Uint8Array, open: number): number {
  let at = open + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === 0x22) return at + 1;
    if (byte === undefined || byte === 0x0a) {
      throw new JsonSyntaxError(`unterminated string at byte ${open}`);
    }
    if (byte < 0x20) throw unexpected(bytes, at, 'no control character in a string');
    at = byte === 0x5c ? skipEscape(bytes, at) : at + 1;
  }
}

function skipEscape(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1] ?? 0x0a;
  if (kind !== 0x75) {
    if (!shortEscapes.has(kind)) throw unexpected(bytes, at + 1, 'an escape');
    return at + 2;
  }
  for (let digit = at + 2; digit < at + 6; digit++) {
    if (!isHexDigit(bytes[digit])) throw unexpected(bytes, digit, 'a hexadecimal digit');
  }
  return at + 6;
}

/** `"`, `\`, `/`, `b`, `f`, `n`, `r`, `t`. */
const shortEscapes: ReadonlySet<number> = new Set([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]);

/**
 * The position after the string, number or literal name at `at`.
 *
 * @throws JsonSyntaxError
 */
function skipScalar(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === 0x22) return skipString(bytes, at);
  if (byte === 0x74) return skipLiteral(bytes, at, 'true');
  if (byte === 0x66) return skipLiteral(bytes, at, 'false');
  if (byte === 0x6e) return skipLiteral(bytes, at, 'null');
  // What Python's json module writes of floats that JSON has no words for.
  if (byte === 0x4e) return skipLiteral(bytes, at, 'NaN');
  if (byte === 0x49) return skipLiteral(bytes, at, 'Infinity');
  if (byte === 0x2d && bytes[at + 1] === 0x49) return skipLiteral(bytes, at + 1, 'Infinity');
  return skipNumber(bytes, at);
}

function skipLiteral(bytes: Uint8Array, at: number, name: string): number {
  for (let i = 0; i < name.length; i++) {
    if (bytes[at + i] !== name.charCodeAt(i)) throw unexpected(bytes, at, 'a value');
  }
  return at + name.length;
}

function skipNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  if (!isDigit(bytes[at])) throw unexpected(bytes, at, at === start ? 'a value' : 'a digit');
  at = bytes[at] === 0x30 ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const isSigned = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d;
    at = skipDigits(bytes, isSigned ? at + 2 : at + 1);
  }
  return at;
}

function skipDigits(bytes: Uint8Array, start: number): number {
  if (!isDigit(bytes[start])) throw unexpected(bytes, start, 'a digit');
  let at = start + 1;
  while (isDigit(bytes[at])) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** The bytes are not JSON; the message says what is wrong, and at which byte (from 0). */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = 'JsonSyntaxError';
}

/** The error of a byte that may not stand where it stands. */
function unexpected(bytes: Uint8Array, at: number, expected: string): JsonSyntaxError {
  const byte = bytes[at];
  const found = byte === undefined || byte === 0x0a ? 'the line ends' : `found ${show(byte)}`;
  return new JsonSyntaxError(`expected ${expected} at byte ${at}, ${found}`);
}

function show(byte: number): string {
  if (byte > 0x20 && byte < 0x7f) return `"${String.fromCharCode(byte)}"`;
  return `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
