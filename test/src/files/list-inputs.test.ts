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
      ['a/empty.txt', expect.stringMatching(/^plain text is not read: make it/)],
    ],
  });
  expect(await paths('a/README.md')).toEqual(['a/README.md']);
  expect(await paths('a/.hidden.jsonl', 'a/.g*/*')).toEqual(['a/.hidden.jsonl', 'a/.git/y.jsonl']);
});

test.each([
  [
    '_SUCCESS',
    '_metadata',
    '_common_metadata',
    '_delta_log/0.json',
    '_delta_log/1.checkpoint.parquet',
  ],
  [
    '_temporary/0/x.parquet',
    '_committed_123',
    '_started_123',
    '_spark_metadata/0',
    'x.parquet.crc',
  ],
  ['_change_data/cdc-0.parquet', '.toedit/run/edits/0.arrow'],
  ['dataset_info.json', 'state.json', 'dataset_dict.json', 'dataset_infos.json'],
  [
    'metadata/v1.metadata.json',
    'metadata/00000-9c12d441-03fe-4693-9a96-a0705ddf69c1.metadata.json',
  ],
])('what tools keep beside their data is left out: %s', async (...names) => {
  await put('a/_x=1/part-0.jsonl', 'a/part/state.json', ...names.map((name) => `a/${name}`));
  for (const pattern of ['a', 'a/**', 'a/{*,.toedit}']) {
    const { inputs, skipped } = await list([pattern]);
    expect(inputs.map(([path]) => path)).toEqual(['a/_x=1/part-0.jsonl', 'a/part/state.json']);
    expect(skipped.map(([, reason]) => reason)).not.toContain('not a data file');
  }
  const [name = ''] = names;
  expect(await paths(`a/${name}`)).toEqual([`a/${name}`]);
});

test('what is in a format that is not read is left out with what to do; data is data under any name', async () => {
  await put('a/x.jsonl', 'a/data.csv', 'a/data.txt.gz');
  const known = [
    'x.csv',
    'x.tsv',
    'x.txt',
    'x.xz',
    'x.jsonl.bz2',
    'x.csv.gz',
    'x.tar.gz',
    'x.tar.zst',
    'x.orc',
  ];
  for (const name of known) await writeFile(join(root, 'a', name), 'a,b\n1,2\n');
  const { inputs, skipped } = await list(['a']);
  expect(inputs.map(([path]) => path)).toEqual(['a/data.csv', 'a/data.txt.gz', 'a/x.jsonl']);
  expect(skipped).toHaveLength(known.length);
  for (const [, reason] of skipped) expect(reason).toMatch(/ not read: /);
});

/** Names that are not UTF-8, where the file system takes them. */
async function putBytes(name: Buffer, bytes: string): Promise<boolean> {
  const path = Buffer.concat([Buffer.from(`${root}/`), name]);
  return await writeFile(path, bytes).then(
    () => true,
    () => false,
  );
}

test('a name that is not UTF-8 is an input of its own, by its bytes, where it holds data', async ({
  skip,
}) => {
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
  await put('a/caf\ufffd.jsonl');
  if (!(await putBytes(latin1('a/caf\xe9.jsonl'), '{"text":""}\n'))) {
    skip('this file system takes no names that are not UTF-8');
  }
  await putBytes(latin1('a/caf\xe8'), '{"text":""}\n');
  await putBytes(latin1('a/lis\xe9.md'), '# read me');
  await putBytes(latin1('a/.h\xe9'), '{"text":""}\n');
  await mkdir(Buffer.concat([Buffer.from(`${root}/a/`), latin1('d\xe9')]));
  const inputs = [
    String.raw`caf\xe8`,
    String.raw`caf\xe9.jsonl`,
    'caf\ufffd.jsonl',
    String.raw`d\xe9`,
  ].map((name) => [`a/${name}`, name]);
  const noData = [String.raw`a/lis\xe9.md`, 'not a data file'];
  const hidden = [String.raw`a/.h\xe9`, 'hidden'];
  expect(await list(['a'])).toEqual({ inputs, skipped: [hidden, noData] });
  expect(await list(['a/*'])).toEqual({ inputs, skipped: [noData] });
  await expect(list(['a/n\ufffd'])).rejects.toMatchObject({
    code: 'INPUT_NOT_FOUND',
    message: expect.stringContaining('not UTF-8, rename it') as string,
  });
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
  ['the place of its state', ['b/.toedit'], 'BAD_OPTION', 'where a run keeps its own state'],
  ['over itself', ['out/x.jsonl'], 'BAD_OPTION', 'out/x.jsonl would be written over itself'],
])('refuses %s', async (_, patterns, code, message) => {
  await put('a/x.jsonl', 'b/x.jsonl', 'b/.toedit', 'out/x.jsonl');
  await mkdir(join(root, 'docs'));
  await writeFile(join(root, 'docs/README.md'), 'x');
  await writeFile(join(root, 'docs/b.txt'), 'x');
  await expect(list(patterns, 'out')).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message) as string,
  });
});

test('leaves out the output directories of other runs, unless one is named', async () => {
  await put('a/x.jsonl', 'a/edited/x.jsonl', 'a/edited/.toedit/run.json', 'a/b/c/.toedit/run.json');
  const reason = 'the output directory of another run; name it by itself to read it';
  const skipped = [
    ['a/b/c', reason],
    ['a/edited', reason],
  ];
  expect(await list(['a'])).toEqual({ inputs: [['a/x.jsonl', 'x.jsonl']], skipped });
  expect(await list(['a/**/*.jsonl'])).toEqual({ inputs: [['a/x.jsonl', 'x.jsonl']], skipped });
  expect((await list(['a/edited'])).inputs).toEqual([['a/edited/x.jsonl', 'x.jsonl']]);
  expect((await list(['a/edited/*.jsonl'])).inputs).toEqual([['a/edited/x.jsonl', 'x.jsonl']]);
});
