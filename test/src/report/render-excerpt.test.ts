import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Excerpt, TextChange } from '#toedit/src/metrics/summary';
import { renderExcerpt } from '#toedit/src/report/render-excerpt';

/** An excerpt of a text and its changes, each as the stretch that goes and what comes. */
function excerptOf(parts: readonly (string | readonly [string, string])[]): Excerpt {
  const changes: TextChange[] = [];
  let before = '';
  let after = '';
  for (const part of parts) {
    const [old, text] = typeof part === 'string' ? [part, part] : part;
    const start = before.length;
    before += old;
    after += text;
    if (typeof part !== 'string') changes.push({ start, end: before.length, text });
  }
  return { file: 'a.parquet', row: 3, before, after, changes };
}

const excerpt = excerptOf(['It was\n', ['the', 'a'], ' fox.']);

test('marks changed words by brackets without colour', () => {
  expect(renderExcerpt(excerpt, false)).toBe('It was [the→a] fox.');
});

test('marks changed words by colour on a terminal', () => {
  expect(renderExcerpt(excerpt, true)).toBe(
    'It was \u001b[31;9mthe\u001b[0m\u001b[32;1ma\u001b[0m fox.',
  );
});

test.each([
  ['a space that stays', ['It was', [' worst', ' best'], ' of'], 'It was [worst→best] of'],
  ['the end of a word', ['I walk', ['ing', 'ed'], ' on'], 'I [walking→walked] on'],
  ['the beginning of a word', ['I ', ['walk', 'jump'], 'ing'], 'I [walking→jumping]'],
  ['what becomes the end of a word', ['a cat', [' the', 's'], ' sat'], 'a [cat the→cats] sat'],
  ['two parts of a word', ['a', ['b', 'x'], 'c', ['d', 'y'], 'e f'], '[abcde→axcye] f'],
  ['neighbours', ['a', [' b', ' x'], [' c', ' y'], ' d'], 'a [b→x] [c→y] d'],
  ['a deletion', ['a', [' b', ''], ' c'], 'a[ b→] c'],
  ['a line break', ['one\n', ['\ntwo', 'two'], '\nthree'], 'one [⏎→]two three'],
  ['marks', ['a', [',', ';'], ' b'], 'a[,→;] b'],
  ['accents', ['caf', ['é', 'e'], ' au'], '[café→cafe] au'],
] as const)('shows %s', (_, parts, shown) => {
  expect(renderExcerpt(excerptOf(parts), false)).toBe(shown);
});

describe('of any text and changes', () => {
  const piece = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '.', 'é', '𝒜', '1'),
    maxLength: 4,
  });
  const parts = fc.array(fc.oneof(piece, fc.tuple(piece, piece)), { maxLength: 8 });

  test('what is shown holds both texts', () => {
    fc.assert(
      fc.property(parts, (all) => {
        const { before, after, ...rest } = excerptOf(all);
        const shown = renderExcerpt({ before, after, ...rest }, false);
        const mark = /\[([^→]*)→([^\]]*)\]/g;
        expect(shown.replace(mark, '$1')).toBe(before);
        expect(shown.replace(mark, '$2')).toBe(after);
        for (const [, old, text] of shown.matchAll(mark)) expect(old).not.toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

test('no text steers the terminal', () => {
  const hostile = '\u001b[2J\u0007\u009b31m\u202e\r\n';
  const line = renderExcerpt(excerptOf([hostile, [hostile, `${hostile}x`]]), false);
  expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
});
