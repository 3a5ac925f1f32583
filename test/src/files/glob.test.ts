import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
/** `.` and `..` are the names of no file. */
const glob = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .filter((names) => !names.some((each) => /^\.+$/.test(show(each))));
const path = fc.array(
  fc
    .array(character, { minLength: 1, maxLength: 3 })
    .map((characters) => characters.join(''))
    .filter((each) => each !== '.' && each !== '..'),
  { minLength: 1, maxLength: 4 },
);

/** Sets match a dot that begins a name, wildcards do where they begin an alternative in braces: unlike in shells. */
const isHidden = (names: readonly string[]): boolean => names.some((each) => each.startsWith('.'));
const beginsWithSet = (each: Name): boolean => each !== '**' && each[0]?.kind === 'set';

describe('globToRegExp', () => {
  test('matches what plain backtracking matches', () => {
    fc.assert(
      fc.property(glob, path, (pattern, names) => {
        fc.pre(!(isHidden(names) && pattern.some(beginsWithSet)));
        const regExp = globToRegExp(pattern.map(show).join('/'));
        expect(regExp.test(names.join('/'))).toBe(matches(pattern, names));
      }),
      { numRuns: 5000 },
    );
  });

  test('braces are the union of their alternatives', () => {
    fc.assert(
      fc.property(glob, glob, name, path, (one, other, last, names) => {
        // At the end of an alternative, ** stands for one directory at least; two dots in braces are a range.
        fc.pre(!isHidden(names) && one.at(-1) !== '**' && other.at(-1) !== '**');
        fc.pre(![...one, ...other].some((each) => show(each).includes('..')));
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
    ['\\{a,', '{a,', true],
    ['{**/*.jsonl,**/*.zip}', 'a.jsonl', true],
    ['{**/*.jsonl,**/*.zip}', 'x/y/a.zip', true],
    ['x/{a,**/b}', 'x/b', true],
    ['{**/**/b,c}', 'b', true],
    ['a**/**/b', 'a/b', true],
    ['a**/**/b', 'a1/x/b', true],
    ['a,**/b', 'a,/b', true],
    ['a,**/b', 'a,/c/b', false],
    ['{a,b}{,.gz}', 'b.gz', true],
    ['(a|b)+"$^', '(a|b)+"$^', true],
    ['(*)', '(1)', true],
    ['(*)', '1', false],
    ['a|b', 'a', false],
    ['!a', 'b', false],
    ['@(a)', 'a', false],
    ['"a"', 'a', false],
    ['\\d', 'd', true],
    ['\\d', '1', false],
    ['a\\\\\\\\', 'a\\\\', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['a.b', 'aXb', false],
    ['?', '😀', true],
  ])('%s on %s: %s', (pattern, text, expected) => {
    expect(globToRegExp(pattern).test(text)).toBe(expected);
  });

  test.each(['[z-a]', '{a,', '{a', 'a}', '{{a,b}', '{1..3}', '{a..z}'])(
    '%s is a bad option',
    (pattern) => {
      expect(() => globToRegExp(pattern)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    },
  );

  test.each([
    ['{', 4000],
    ['{', 100_000],
    ['}', 4000],
    ['{a,', 1000],
    ['[', 10_000],
    ['[', 4096],
    ['*', 1000],
    ['**/', 1300],
    ['{a,b}', 800],
    ['\\', 4096],
    ['"', 4001],
  ])('%s, many times over, is a bad option or a glob', (part, times) => {
    const names = ['a'.repeat(255), `${'a/'.repeat(60)}b`];
    const isMatch = (): unknown => names.map((each) => globToRegExp(part.repeat(times)).test(each));
    let outcome: unknown;
    try {
      outcome = isMatch();
    } catch (error) {
      expect(error).toMatchObject({ code: 'BAD_OPTION' });
      return;
    }
    expect(outcome).toEqual([part === '*', false]);
  });

  test('matches what bash finds in a directory', (context) => {
    if (!hasGlobstar()) context.skip('there is no bash with globstar');
    const shown = fc.array(shellName, { minLength: 1, maxLength: 3 }).map((each) => each.join('/'));
    // Behind a wildcard, bash takes a last ** for the directory itself, too.
    const globs = [...new Set(fc.sample(shown, 600))].filter(
      (each) => !each.endsWith('**') && !/(?:^|\/)\**(?:\{,b\}\**)+(?:\/|$)/.test(each),
    );
    const { paths, matches: found } = bashMatches(globs);
    const differences = globs.flatMap((each, i) => {
      const regExp = globToRegExp(each);
      const compared = /(?:^|[/{,])[[{]/.test(each)
        ? paths.filter((p) => !/(?:^|\/)\./.test(p))
        : paths;
      return compared
        .filter((p) => regExp.test(p) !== found[i]?.has(p))
        .map((p) => `${each} on ${p}: ${String(found[i]?.has(p))} in bash`);
    });
    expect(differences).toEqual([]);
    expect(found.filter((each) => each.size > 0).length).toBeGreaterThan(globs.length / 4);
  });
});

const shellName = fc.oneof(
  { weight: 1, arbitrary: fc.constant('**') },
  {
    weight: 4,
    arbitrary: fc
      .array(
        fc.constantFrom(
          'a',
          'b',
          '.a',
          '*',
          '?',
          '[ab]',
          '[!a]',
          '[a-b]',
          '{a,b}',
          '{b,a.*}',
          '\\*',
          '{,b}',
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((each) => each.join('').replace(/(?<!\\)\*+/g, '*')),
  },
);

/** macOS has a bash from before globstar. */
function hasGlobstar(): boolean {
  return spawnSync('bash', ['-O', 'globstar', '-c', 'true']).status === 0;
}

/** Which of the paths of a tree each glob gives in bash. */
function bashMatches(globs: readonly string[]): {
  readonly paths: readonly string[];
  readonly matches: readonly ReadonlySet<string>[];
} {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-glob-'));
  try {
    const names = ['a', 'b', 'ab', 'a.b', '.a', '*'];
    const paths = names.flatMap((one) => [
      one,
      ...names.flatMap((two) => [
        `${one}/${two}`,
        ...names.map((three) => `${one}/${two}/${three}`),
      ]),
    ]);
    for (const each of paths) mkdirSync(join(directory, each), { recursive: true });
    const script = `while IFS= read -r glob; do eval "printf '%s\\n' $glob"; echo ==; done`;
    const output = execFileSync('bash', ['-O', 'globstar', '-O', 'nullglob', '-c', script], {
      cwd: directory,
      input: `${globs.join('\n')}\n`,
      maxBuffer: 2 ** 28,
    });
    const known = new Set(paths);
    const matches = String(output)
      .split('==\n')
      .map((part) => new Set(part.split('\n').filter((each) => known.has(each))));
    return { paths, matches };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
