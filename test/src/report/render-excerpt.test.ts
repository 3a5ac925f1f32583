import { expect, test } from 'vitest';
import { renderExcerpt } from '#toedit/src/report/render-excerpt';

const excerpt = { file: 'a.parquet', row: 3, before: 'It was\nthe fox.', after: 'It was\na fox.' };

test('marks changed words by brackets without colour', () => {
  expect(renderExcerpt(excerpt, false)).toBe('It was [the→a] fox.');
});

test('marks changed words by colour on a terminal', () => {
  expect(renderExcerpt(excerpt, true)).toBe(
    'It was \u001b[31;9mthe\u001b[0m\u001b[32;1ma\u001b[0m fox.',
  );
});

test('a changed line break shows', () => {
  const broken = { ...excerpt, before: 'one\n\ntwo\nthree', after: 'one\ntwo\nthree' };
  expect(renderExcerpt(broken, false)).toBe('one [⏎→]two three');
});

test('no text steers the terminal', () => {
  const hostile = '\u001b[2J\u0007\u009b31m\u202e\r\n';
  const line = renderExcerpt({ ...excerpt, before: hostile, after: `${hostile}x` }, false);
  expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
});
