import { isValidUtf8 } from '../text/utf8.ts';
import type { Span } from './scan-object.ts';

/**
 * The UTF-8 bytes that a JSON value of a line stands for, where it is a string that has some: null for every other
 * value, for an escape of half a surrogate pair, and where any byte of the line is not UTF-8 (then it is not JSON at
 * all, RFC 8259 §8.1). A view of the line where the string holds no escape.
 */
export function decodeString(line: Uint8Array, { start, end }: Span): Uint8Array | null {
  if (line[start] !== 0x22 || !isValidUtf8(line)) return null;
  const literal = line.subarray(start, end);
  if (!literal.includes(0x5c)) return literal.subarray(1, -1);
  return decodeShortEscapes(literal) ?? decodeEscapes(literal);
}

/** Undefined where the string has escapes of code units: most have line feeds and quotes alone. */
function decodeShortEscapes(literal: Uint8Array): Uint8Array | undefined {
  const bytes = new Uint8Array(literal.length - 2);
  let size = 0;
  for (let at = 1; at < literal.length - 1; at++) {
    let byte = literal[at] ?? 0;
    if (byte === 0x5c) {
      at++;
      byte = shortEscapes[literal[at] ?? 0] ?? 0;
      if (byte === 0) return undefined;
    }
    bytes[size++] = byte;
  }
  return bytes.subarray(0, size);
}

/** What follows the backslash, to the byte that both stand for. */
const shortEscapes = new Uint8Array(128);
for (const [name, value] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  shortEscapes[name?.charCodeAt(0) ?? 0] = value?.charCodeAt(0) ?? 0;
}

function decodeEscapes(literal: Uint8Array): Uint8Array | null {
  const text = String(JSON.parse(decoder.decode(literal)));
  return loneSurrogate.test(text) ? null : encoder.encode(text);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const loneSurrogate = /\p{Surrogate}/u;

/**
 * The bytes as a JSON string; where they are not UTF-8, which no JSON string can hold, as the object
 * `{"base64":"..."}`, so that nothing is lost and nothing is mistaken for text.
 */
export function encodeString(bytes: Uint8Array): string {
  if (isValidUtf8(bytes)) return JSON.stringify(decoder.decode(bytes));
  return `{"base64":${JSON.stringify(Buffer.from(bytes).toString('base64'))}}`;
}

/**
 * {@link encodeString} in the style of the literal that it replaces: what stands outside ASCII is escaped where that
 * literal escapes it and holds no byte of it, `/` is escaped where that literal escapes it.
 */
export function encodeStringLike(bytes: Uint8Array, literal: Uint8Array): string {
  const sample = Buffer.from(literal.buffer, literal.byteOffset, literal.byteLength);
  const encoded = encodeString(bytes);
  const slashed = sample.includes('\\/') ? encoded.replaceAll('/', '\\/') : encoded;
  const ascii = sample.toString('latin1');
  if (/[\x80-\xff]/.test(ascii) || !escapesUnicode.test(ascii)) return slashed;
  const isUpper = /\\u\d{0,3}[A-F]/.test(ascii);
  return slashed.replace(/[\x80-\uffff]/g, (unit) => {
    const digits = unit.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${isUpper ? digits.toUpperCase() : digits}`;
  });
}

/** An escape of a code unit from U+0080 on: its backslash is not itself escaped. */
const escapesUnicode = /(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}/;
