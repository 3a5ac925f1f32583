import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advanceUtf8, isValidUtf8, utf8Rejected, utf8Start } from '#toedit/src/text/utf8';

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Bytes at the edges of the rows of table 3-7, so that near misses are frequent. */
const edgeByte = fc.constantFrom(
  ...[0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec],
  ...[0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff],
);
const edgeBytes = fc.array(edgeByte, { maxLength: 6 }).map((bytes) => Uint8Array.from(bytes));
const textBytes = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .map((text) => new TextEncoder().encode(text));
const nearText = fc
  .tuple(textBytes, fc.nat(), fc.nat({ max: 255 }))
  .map(([bytes, at, value]) => bytes.with(at % bytes.length, value));
const anyBytes = fc.oneof(edgeBytes, textBytes, nearText, fc.uint8Array({ maxLength: 6 }));

describe('the UTF-8 automaton', () => {
  test('ends at a character where, and only where, TextDecoder accepts', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(advanceUtf8(utf8Start, bytes) === utf8Start).toBe(decodes(bytes));
        expect(isValidUtf8(bytes)).toBe(decodes(bytes));
      }),
      { numRuns: 20_000 },
    );
  });

  test('agrees with TextDecoder on every sequence of one and two bytes', () => {
    const disagreements: Uint8Array[] = [];
    for (let first = 0; first < 256; first++) {
      for (let second = -1; second < 256; second++) {
        const bytes = second < 0 ? Uint8Array.of(first) : Uint8Array.of(first, second);
        const isAccepted = advanceUtf8(utf8Start, bytes) === utf8Start;
        if (isAccepted !== decodes(bytes)) disagreements.push(bytes);
      }
    }
    expect(disagreements).toEqual([]);
  });

  test('walks over any cut of the bytes alike', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(), (bytes, cut) => {
        const at = cut % (bytes.length + 1);
        const middle = advanceUtf8(utf8Start, bytes.subarray(0, at));
        expect(advanceUtf8(middle, bytes.subarray(at))).toBe(advanceUtf8(utf8Start, bytes));
      }),
    );
  });

  test('rejects only what no continuation makes UTF-8', () => {
    const endings = [
      [],
      [0x80],
      [0x80, 0x80],
      [0x80, 0x80, 0x80],
      [0xa0, 0x80],
      [0x90, 0x80, 0x80],
    ];
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const rejected = advanceUtf8(utf8Start, bytes) === utf8Rejected;
        const completes = endings.some((ending) => decodes(Uint8Array.of(...bytes, ...ending)));
        expect(rejected).toBe(!completes);
      }),
      { numRuns: 5_000 },
    );
  });
});
