import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataFileMatcher, literalPattern } from '#toedit/src/dataset/match-data-files';

// What `datasets` makes of the same patterns is compared in test/hosts.

const name = fc
  .string({ unit: fc.constantFrom(...'ab*?[]!^-._\\{}()|+$ é'), minLength: 1, maxLength: 6 })
  .filter((each) => !['.', '..'].includes(each));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

test('a literal pattern stands for its path alone', () => {
  fc.assert(
    fc.property(path, path, (one, other) => {
      const matches = dataFileMatcher(literalPattern(one));
      expect(matches(one)).toBe(true);
      expect(matches(other)).toBe(other === one);
    }),
  );
});

test('wildcards stay within a name, and ** goes into any directory', () => {
  const visible = fc
    .array(
      name.filter((each) => !each.startsWith('.') && !each.startsWith('_')),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((names) => names.join('/'));
  fc.assert(
    fc.property(visible, (each) => {
      const depth = each.split('/').length;
      expect(dataFileMatcher('**')(each)).toBe(true);
      expect(dataFileMatcher('**/*')(each)).toBe(true);
      for (const stars of [1, 2, 3, 4]) {
        expect(dataFileMatcher(Array(stars).fill('*').join('/'))(each)).toBe(depth === stars);
      }
    }),
  );
});

test.each([
  ['data/train-*', 'data/train-0.parquet', true],
  ['./data/train-*', 'data/train-0.parquet', true],
  ['data/train-*', 'data/deep/train-0.parquet', false],
  ['**/train[-._ 0-9]*', 'train.jsonl', true],
  ['data/[!a]*', 'data/b', true],
  ['**', '.toedit/x.jsonl', false],
  ['.*/*', '.toedit/x.jsonl', true],
  ['**', '__pycache__/x.jsonl', false],
  ['**.parquet', 'a.parquet', false],
  ['[z-a]', 'b', false],
  ['../data/*', 'data/a', false],
  ['/data/*', 'data/a', false],
  ['hf://datasets/x/y/data/*', 'data/a', false],
  ['zip://*::data/a', 'data/a', false],
])('%s and %s: %s', (pattern, file, isMatch) => {
  expect(dataFileMatcher(pattern)(file)).toBe(isMatch);
});
