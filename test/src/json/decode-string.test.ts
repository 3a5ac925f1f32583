import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeString, encodeString } from '#toedit/src/json/strings';

const decode = (literal: string): string | null => {
  const line = Buffer.from(`[${literal}]`);
  const bytes = decodeString(line, { start: 1, end: line.length - 1 });
  return bytes === null ? null : Buffer.from(bytes).toString();
};
const escapes = [
  '\\n',
  '\\"',
  '\\\\',
  '\\/',
  '\\b',
  '\\f',
  '\\r',
  '\\t',
  '\\u00e9',
  '\\uD83D\\uDE00',
];
const piece = fc.oneof(
  fc.constantFrom(...escapes),
  fc.string({ unit: 'binary' }).map((text) => text.replace(/[\0-\x1f"\\]|\p{Surrogate}/gu, '')),
);

test('is JSON.parse for strings that are UTF-8', () => {
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const literal = `"${pieces.join('')}"`;
      expect(decode(literal)).toBe(JSON.parse(literal));
    }),
  );
});

test('undoes encodeString', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decode(encodeString(Buffer.from(text)))).toBe(text);
    }),
  );
});

test.each(['5', 'null', '{}', '"\\ud800"', '"\\udc00\\ud800"', '"a\\ud83d"'])(
  '%s is null',
  (json) => {
    expect(decode(json)).toBeNull();
  },
);
