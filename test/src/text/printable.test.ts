import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasControls, printable, printableReport } from '#toedit/src/text/printable';

const text = fc.string({ unit: 'binary' });

test('no control character is left, all others are', () => {
  fc.assert(
    fc.property(text, (raw) => {
      const shown = printable(raw);
      expect(shown).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
      expect(hasControls(raw)).toBe(shown !== raw);
      expect(printable(shown)).toBe(shown);
    }),
  );
});

test.each([
  ['a\nb\r\tc', String.raw`a\nb\r\tc`],
  ['\u001b[2J\u0000\u007f\u009b', String.raw`\x1b[2J\x00\x7f\x9b`],
  ['x\u202etxt\u2066\u2028', String.raw`x\u202etxt\u2066\u2028`],
  ['é 😀 \\ $&', 'é 😀 \\ $&'],
])('%j is shown as %s', (raw, shown) => {
  expect(printable(raw)).toBe(shown);
});

test('of a report, every text is shown so, but for what knows how to show itself', () => {
  const report = {
    a: ['\u001b', 1, 2n, null, undefined, { kept: '\n', b: '\n' }],
    kept: ['\n'],
  };
  expect(printableReport(report, ['kept'])).toEqual({
    a: ['\\x1b', 1, 2n, null, undefined, { kept: '\n', b: '\\n' }],
    kept: ['\n'],
  });
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      text,
      fc.integer(),
      fc.array(tie('value')),
      fc.dictionary(fc.constantFrom('a', 'b'), tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(json, (value) => {
      const shown = JSON.stringify(value, (_, each: unknown) =>
        typeof each === 'string' ? printable(each) : each,
      );
      expect(JSON.stringify(printableReport(value))).toBe(shown);
    }),
  );
});
