import { isUtf8 } from 'node:buffer';
import type { Span } from './scan-object.ts';

/**
 * The UTF-8 bytes that a JSON value of a line stands for, where it is a string that has some: null for every other
 * value, for an escape of half a surrogate pair, and where any byte of the line is not UTF-8 (then it is not JSON at
 * all, RFC 8259 §8.1). A view of the line where the string holds no escape.
 */
export function decodeString(line: Uint8Array, { start, end }: Span): Uint8Array | null {
  if (line[start] !== 0x22 || !isUtf8(line)) return null;
  const literal = line.subarray(start, end);
  if (!literal.includes(0x5c)) return literal.subarray(1, -1);
  const text = String(JSON.parse(decoder.decode(literal)));
  return loneSurrogate.test(text) ? null : encoder.encode(text);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const loneSurrogate = /\p{Surrogate}/u;
