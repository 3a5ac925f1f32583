import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globToRegExp } from '#toedit/src/files/glob';

/** One name of a pattern, or `**`. */
type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'set'; readonly set: readonly string[]; readonly isNegated: boolean };
type Name = '**' | readonly Token[];

const show = (name: Name): string => (name === '**' ? name : name.map(showToken).join(''));

const showToken = (token: Token): string => {
  if (token.kind === 'text') return token.text.replace(/[*?[\]{}\\,]/g, '\\$&');
  if (token.kind === 'star') return '*';
  if (token.kind === 'any') return '?';
  return `[${token.isNegated ? '!' : ''}${token.set.join('')}]`;
};

/** Plain backtracking over names and characters. */
const matches = (pattern: readonly Name[], path: readonly string[]): boolean => {
  const [name, ...names] = pattern;
  const [first, ...rest] = path;
  if (name === undefined) return first === undefined;
  if (name === '**') return matchesAnyNames(pattern, path);
  if (first === undefined) return false;
  const isHidden = first.startsWith('.') && name[0]?.kind !== 'text';
  return !isHidden && matchesName(name, [...first]) && matches(names, rest);
};

const matchesAnyNames = (pattern: readonly Name[], path: readonly string[]): boolean => {
  const names = pattern.slice(1);
  const canSkip = path[0]?.startsWith('.') === false;
  if (names.length === 0) return canSkip && (path.length === 1 || matches(pattern, path.slice(1)));
  return matches(names, path) || (canSkip && matches(pattern, path.slice(1)));
};

const matchesName = (tokens: readonly Token[], text: readonly string[]): boolean => {
  const [token, ...others] = tokens;
  if (token === undefined) return text.length === 0;
  if (token.kind === 'star') {
    return matchesName(others, text) || (text.length > 0 && matchesName(tokens, text.slice(1)));
  }
  const [character, ...rest] = text;
  if (character === undefined) return false;
  const isMatch =
    token.kind === 'any' ||
    (token.kind === 'text' && token.text === character) ||
    (token.kind === 'set' && token.set.includes(character) !== token.isNegated);
  return isMatch && matchesName(others, rest);
};

const character = fc.constantFrom(
  'a',
  'b',
  '.',
  '*',
  '?',
  '[',
  ']',
  '{',
  '}',
  ',',
  '\\',
  '^',
  '😀',
);
const token: fc.Arbitrary<Token> = fc.oneof(
  fc.record({ kind: fc.constant('text'), text: character } as const),
  fc.record({ kind: fc.constant('star') } as const),
  fc.record({ kind: fc.constant('any') } as const),
  fc.record({
    kind: fc.constant('set'),
    set: fc.uniqueArray(fc.constantFrom('a', 'b', '.', '*', '?', '😀'), { minLength: 1 }),
    isNegated: fc.boolean(),
  } as const),
);
const name = fc.oneof(
  { weight: 1, arbitrary: fc.constant('**' as const) },
  {
    weight: 3,
    arbitrary: fc
      .array(token, { minLength: 1, maxLength: 4 })
      .map((tokens) =>
        tokens.filter((each, i) => each.kind !== 'star' || tokens[i - 1]?.kind !== 'star'),
      ),
  },
);
const glob = fc.array(name, { minLength: 1, maxLength: 4 });
const path = fc.array(
  fc.array(character, { minLength: 1, maxLength: 3 }).map((characters) => characters.join('')),
  { minLength: 1, maxLength: 4 },
);

describe('globToRegExp', () => {
  test('matches what plain backtracking matches', () => {
    fc.assert(
      fc.property(glob, path, (pattern, names) => {
        const regExp = globToRegExp(pattern.map(show).join('/'));
        expect(regExp.test(names.join('/'))).toBe(matches(pattern, names));
      }),
      { numRuns: 5000 },
    );
  });

  test('braces are the union of their alternatives', () => {
    fc.assert(
      fc.property(glob, glob, name, path, (one, other, last, names) => {
        const [a, b, c] = [one, other, [last]].map((pattern) => pattern.map(show).join('/'));
        const isMatch = globToRegExp(`{${a ?? ''},${b ?? ''}}/${c ?? ''}`).test(names.join('/'));
        expect(isMatch).toBe(matches([...one, last], names) || matches([...other, last], names));
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['*.jsonl', 'a.jsonl', true],
    ['*.jsonl', '.a.jsonl', false],
    ['*.jsonl', 'x/a.jsonl', false],
    ['.*.jsonl', '.a.jsonl', true],
    ['**/*.jsonl', 'a.jsonl', true],
    ['**/*.jsonl', 'x/y/a.jsonl', true],
    ['**/*.jsonl', 'x/.y/a.jsonl', false],
    ['**', 'x/y/a', true],
    ['x/**', 'x', false],
    ['part-[0-9][0-9].parquet', 'part-07.parquet', true],
    ['part-[!0-9].parquet', 'part-7.parquet', false],
    ['[]a]', ']', true],
    ['[!]', '[!]', true],
    ['[', '[', true],
    ['{en,de}/*.{jsonl,parquet}', 'de/x.parquet', true],
    ['{en,de}/*.{jsonl,parquet}', 'fr/x.parquet', false],
    ['{a,b{c,d}}', 'bd', true],
    ['{a{b,c}}', '{ab}', true],
    ['{a}', '{a}', true],
    ['{a,', '{a,', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['a.b', 'aXb', false],
    ['?', '😀', true],
  ])('%s on %s: %s', (pattern, text, expected) => {
    expect(globToRegExp(pattern).test(text)).toBe(expected);
  });

  test('a range in the wrong order is a bad option', () => {
    expect(() => globToRegExp('[z-a]')).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
