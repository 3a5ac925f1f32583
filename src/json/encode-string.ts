import { isValidUtf8 } from '../text/utf8-automaton.ts';

/**
 * The bytes as a JSON string; where they are not UTF-8, which no JSON string can hold, as the object
 * `{"base64":"..."}`, so that nothing is lost and nothing is mistaken for text.
 */
export function encodeString(bytes: Uint8Array): string {
  if (isValidUtf8(bytes)) return JSON.stringify(decoder.decode(bytes));
  return `{"base64":${JSON.stringify(Buffer.from(bytes).toString('base64'))}}`;
}

/**
 * {@link encodeString} in the manner of the literal that it replaces: what stands outside ASCII is escaped where that
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

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** An escape of a code unit from U+0080 on: its backslash is not itself escaped. */
const escapesUnicode = /(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}/;
