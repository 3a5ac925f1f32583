import { isUtf8 } from 'node:buffer';
import type { TokenBytes } from './token-bytes.ts';

/**
 * A state of the UTF-8 automaton: what may follow the bytes read so far.
 *
 * 0: a character begins. 1, 2: one or two more bytes 80..BF. 3: A0..BF, then one more (after E0). 4: 80..9F, then one
 * more (after ED). 5: 90..BF, then two more (after F0). 6: 80..BF, then two more (after F1..F3). 7: 80..8F, then two
 * more (after F4). 8: the bytes are no UTF-8, whatever follows.
 *
 * Source: Unicode 16.0, table 3-7 (well-formed UTF-8 byte sequences): no overlong forms, no surrogates, at most U+10FFFF.
 */
export type Utf8State = number;

/** The state before the first byte of a text, and after each whole character. */
export const utf8Start: Utf8State = 0;

/** The state of bytes that no continuation makes UTF-8. */
export const utf8Rejected: Utf8State = 8;

/** How many states there are: 0 to 8. */
export const utf8StateCount = 9;

/** The state after the bytes, from the state before them. */
export function advanceUtf8(state: Utf8State, bytes: Uint8Array): Utf8State {
  let current = state;
  for (let index = 0; index < bytes.length; index++) {
    current = steps[current * 256 + (bytes[index] ?? 0)] ?? utf8Rejected;
  }
  return current;
}

/** True where the bytes are whole, well-formed UTF-8; by Node's own vectorised check. */
export function isValidUtf8(bytes: Uint8Array): boolean {
  return isUtf8(bytes);
}

/** Rows of table 3-7 as (state, first byte, last byte, next state); every other step rejects. */
const transitions: readonly (readonly [Utf8State, number, number, Utf8State])[] = [
  [0, 0x00, 0x7f, 0],
  [0, 0xc2, 0xdf, 1],
  [0, 0xe0, 0xe0, 3],
  [0, 0xe1, 0xec, 2],
  [0, 0xed, 0xed, 4],
  [0, 0xee, 0xef, 2],
  [0, 0xf0, 0xf0, 5],
  [0, 0xf1, 0xf3, 6],
  [0, 0xf4, 0xf4, 7],
  [1, 0x80, 0xbf, 0],
  [2, 0x80, 0xbf, 1],
  [3, 0xa0, 0xbf, 1],
  [4, 0x80, 0x9f, 1],
  [5, 0x90, 0xbf, 2],
  [6, 0x80, 0xbf, 2],
  [7, 0x80, 0x8f, 2],
];

const steps = new Uint8Array(utf8StateCount * 256).fill(utf8Rejected);
for (const [state, first, last, next] of transitions) {
  steps.fill(next, state * 256 + first, state * 256 + last + 1);
}

/**
 * Where each token takes the UTF-8 automaton: one byte a token and state, the state after token `id` from state `s` at
 * `id * utf8StateCount + s`. Nine bytes a token; built once per model, so that the loop over tokens reads no bytes.
 */
export function tokenTransitions(tokenBytes: TokenBytes): Uint8Array {
  const known = built.get(tokenBytes);
  if (known !== undefined) return known;
  const transitions = build(tokenBytes);
  built.set(tokenBytes, transitions);
  return transitions;
}

/** A run over many small files resamples each in a pipeline of its own, all with one prior. */
const built = new WeakMap<TokenBytes, Uint8Array>();

function build(tokenBytes: TokenBytes): Uint8Array {
  const transitions = new Uint8Array(tokenBytes.size * utf8StateCount);
  for (let id = 0; id < tokenBytes.size; id++) {
    const bytes = tokenBytes.bytes(id);
    for (let state = 0; state < utf8StateCount; state++) {
      transitions[id * utf8StateCount + state] = advanceUtf8(state, bytes);
    }
  }
  return transitions;
}

/** The position after the JSON white space that begins at `at` (RFC 8259 §2), often `at` itself. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  for (let next = at; ; next++) {
    const byte = bytes[next];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return next;
  }
}

/** The position after the white space and byte order marks that begin at `at`. */
export function skipBlank(bytes: Uint8Array, at: number): number {
  let next = skipSpace(bytes, at);
  while (bytes[next] === 0xef && bytes[next + 1] === 0xbb && bytes[next + 2] === 0xbf) {
    next = skipSpace(bytes, next + 3);
  }
  return next;
}

/** The start of the UTF-8 character that holds the byte; the text's end is one too. */
export function characterStart(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  return start;
}

/** The end of the UTF-8 character that the byte is in the middle of; a byte that begins one is an end. */
export function characterEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end++;
  return end;
}
