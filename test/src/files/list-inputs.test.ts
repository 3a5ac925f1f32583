import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listInputs } from '#toedit/src/files/list-inputs';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'toedit-inputs-'));
});
afterEach(() => rm(root, { recursive: true }));

const put = async (...paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '{"text":""}\n');
  }
};
const list = async (patterns: readonly string[], output?: string) => {
  const { inputs, skipped } = await listInputs(
    patterns.map((pattern) => join(root, pattern)),
    { output: output === undefined ? undefined : join(root, output) },
  );
  return {
    inputs: inputs.map(({ path, relativePath }) => [path.slice(root.length + 1), relativePath]),
    skipped: skipped.map(({ path, reason }) => [path.slice(root.length + 1), reason]),
  };
};
const paths = async (...patterns: readonly string[]) =>
  (await list(patterns)).inputs.map(([path]) => path);

test('a file, a directory and a glob, each mirrored from where the wildcards begin', async () => {
  await put('a/x.jsonl', 'b/en/y.jsonl', 'b/de/y.jsonl', 'c/d/z.gz', 'c/d/e/z.gz');
  expect((await list(['a/x.jsonl', 'b', 'c/*/*.gz'])).inputs).toEqual([
    ['a/x.jsonl', 'x.jsonl'],
    ['b/de/y.jsonl', 'de/y.jsonl'],
    ['b/en/y.jsonl', 'en/y.jsonl'],
    ['c/d/z.gz', 'd/z.gz'],
  ]);
  expect(await paths('c/**/*.gz')).toEqual(['c/d/e/z.gz', 'c/d/z.gz']);
  expect(await paths('{a,b/en}/*')).toEqual(['a/x.jsonl', 'b/en/y.jsonl']);
});

test('a glob that matches directories takes what is below them', async () => {
  await put('c/d/z.gz', 'c/d/e/z.gz');
  expect((await list(['c/*'])).inputs).toEqual([
    ['c/d/e/z.gz', 'd/e/z.gz'],
    ['c/d/z.gz', 'd/z.gz'],
  ]);
});

test('the order is that of the bytes of the paths', async () => {
  const letter = fc.constantFrom('a', 'B', 'é', '\uffee', '😀', '-', '1');
  const name = fc.string({ unit: letter, minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), async (names) => {
      const directory = await mkdtemp(join(root, 'sort-'));
      for (const each of names) await writeFile(join(directory, `${each}.jsonl`), '');
      const { inputs } = await listInputs([directory]);
      const expected = names
        .map((each) => Buffer.from(`${each}.jsonl`))
        .sort((a, b) => Buffer.compare(a, b));
      expect(inputs.map((input) => input.relativePath)).toEqual(expected.map(String));
    }),
    { numRuns: 30 },
  );
});

test('a file is there once, and is explicit if it was ever named', async () => {
  await put('a/x.jsonl', 'a/y.jsonl');
  const { inputs } = await listInputs([join(root, 'a'), join(root, 'a/../a/x.jsonl')]);
  expect(inputs.map(({ relativePath, explicit }) => [relativePath, explicit])).toEqual([
    ['x.jsonl', true],
    ['y.jsonl', false],
  ]);
});

test('a name that is there counts before its wildcards', async () => {
  await put('a/[x]*.jsonl', 'a/xy.jsonl');
  expect(await paths('a/[x]*.jsonl')).toEqual(['a/[x]*.jsonl']);
});

test('leaves out, with reasons, what is hidden, not data, or not a file', async () => {
  await put('a/x.jsonl', 'a/.hidden.jsonl', 'a/.git/y.jsonl', 'a/data-without-extension');
  await writeFile(join(root, 'a/README.md'), '# Readme');
  await writeFile(join(root, 'a/empty.txt'), '');
  await writeFile(join(root, 'a/not-really.parquet'), 'text');
  await symlink('nowhere', join(root, 'a/dangling.jsonl'));
  await symlink('x.jsonl', join(root, 'a/link.jsonl'));
  expect(await list(['a'])).toEqual({
    inputs: [
      ['a/data-without-extension', 'data-without-extension'],
      ['a/link.jsonl', 'link.jsonl'],
      ['a/not-really.parquet', 'not-really.parquet'],
      ['a/x.jsonl', 'x.jsonl'],
    ],
    skipped: [
      ['a/.git', 'hidden'],
      ['a/.hidden.jsonl', 'hidden'],
      ['a/dangling.jsonl', 'not a regular file'],
      ['a/README.md', 'not a data file'],
      ['a/empty.txt', 'not a data file'],
    ],
  });
  expect(await paths('a/README.md')).toEqual(['a/README.md']);
  expect(await paths('a/.hidden.jsonl', 'a/.g*/*')).toEqual(['a/.hidden.jsonl', 'a/.git/y.jsonl']);
});

test('links to directories are followed, but never round in circles', async () => {
  await put('store/x.jsonl', 'a/y.jsonl');
  await symlink('../store', join(root, 'a/linked'));
  await symlink('../a', join(root, 'a/loop'));
  expect(await list(['a'])).toEqual({
    inputs: [
      ['a/linked/x.jsonl', 'linked/x.jsonl'],
      ['a/y.jsonl', 'y.jsonl'],
    ],
    skipped: [['a/loop', 'a link back to a directory above it']],
  });
});

test('the output directory is no input', async () => {
  await put('a/x.jsonl', 'a/edited/x.jsonl');
  expect(await list(['a'], 'a/edited')).toEqual({
    inputs: [['a/x.jsonl', 'x.jsonl']],
    skipped: [['a/edited', 'the output directory']],
  });
});

test.each([
  ['no match', ['a/*.parquet'], 'INPUT_NOT_FOUND', 'no data file matches'],
  ['no file', ['a/nothing.jsonl'], 'INPUT_NOT_FOUND', 'there is no file or directory'],
  ['no base', ['nothing/*.jsonl'], 'INPUT_NOT_FOUND', 'no data file matches'],
  ['nothing but others', ['docs'], 'INPUT_NOT_FOUND', 'README.md, not a data file and 1 more)'],
  [
    'one place',
    ['a/x.jsonl', 'b/x.jsonl'],
    'BAD_OPTION',
    'b/x.jsonl would both be written as x.jsonl',
  ],
  ['in and out', ['out'], 'BAD_OPTION', 'is both an input and the output directory'],
  ['over itself', ['out/x.jsonl'], 'BAD_OPTION', 'out/x.jsonl would be written over itself'],
])('refuses %s', async (_, patterns, code, message) => {
  await put('a/x.jsonl', 'b/x.jsonl', 'out/x.jsonl');
  await mkdir(join(root, 'docs'));
  await writeFile(join(root, 'docs/README.md'), 'x');
  await writeFile(join(root, 'docs/b.txt'), 'x');
  await expect(list(patterns, 'out')).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message) as string,
  });
});
