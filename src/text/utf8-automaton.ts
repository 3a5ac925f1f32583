import { isUtf8 } from 'node:buffer';

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
