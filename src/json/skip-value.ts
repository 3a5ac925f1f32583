import { skipSpace } from '../text/skip-space.ts';
import { unexpected } from './json-syntax-error.ts';
import { skipScalar, skipString } from './skip-scalar.ts';

/**
 * The position after the JSON value that begins at `start`, strictly RFC 8259. Depth is bounded by memory alone: there
 * is no recursion that a hostile line could overflow.
 *
 * @throws JsonSyntaxError
 */
export function skipValue(bytes: Uint8Array, start: number): number {
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
export function skipName(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x22) throw unexpected(bytes, at, 'a member name');
  const colon = skipSpace(bytes, skipString(bytes, at));
  if (bytes[colon] !== 0x3a) throw unexpected(bytes, colon, '":"');
  return skipSpace(bytes, colon + 1);
}
