import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { dataFileMatcher } from '#toedit/src/dataset/match-data-files';
import { filesOfSplits } from '#toedit/src/dataset/split-files';
import { hasModules, runPython } from './hosts-python.ts';

/** Makes a tree for each case, and writes what `datasets` resolves: a pattern, or the splits by name. */
const resolveCases = `
import json, os, sys
from datasets.data_files import DataFilesDict, get_data_patterns, resolve_pattern
place, answers = sys.argv[1], []
for index, (paths, pattern) in enumerate(json.load(open(place + "/cases.json"))):
    root = f"{place}/{index}"
    for path in paths:
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        open(f"{root}/{path}", "w").close()
    try:
        if pattern is None:
            found = DataFilesDict.from_patterns(get_data_patterns(root), base_path=root)
            answers.append({str(split): sorted({os.path.relpath(f, root) for f in files}) for split, files in found.items()})
        else:
            answers.append(sorted(os.path.relpath(f, root) for f in resolve_pattern(pattern, root)))
    except (FileNotFoundError, ValueError):
        answers.append([])
json.dump(answers, open(place + "/answers.json", "w"))
`;

type Case = readonly [paths: readonly string[], pattern: string | null];

const directory = mkdtempSync(join(tmpdir(), 'toedit-layout-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function resolve(cases: readonly Case[]): Promise<unknown> {
  const place = mkdtempSync(join(directory, 'cases-'));
  writeFileSync(join(place, 'cases.json'), JSON.stringify(cases));
  await runPython(['-c', resolveCases, place]);
  return JSON.parse(readFileSync(join(place, 'answers.json'), 'utf8'));
}

/** Names of directories end in a letter that no file's does, so that a tree can be made of any of them. */
const pathOf = (file: fc.Arbitrary<string>, folder: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(folder, { maxLength: 2 }), file)
    .map(([above, name]) => [...above.map((each) => `${each}D`), name].join('/'));

describe.skipIf(!hasModules(['pyarrow', 'pytest', 'datasets']))('data sets of the hub', () => {
  test('load_dataset gives of the edited copy what it gives of the source', async () => {
    const pytest = ['-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider'];
    await runPython([...pytest, 'python/tests/test_dataset_layout.py']);
  });

  test('a pattern stands for the files that it stands for in datasets', async () => {
    const name = fc.stringMatching(/^[.]?[ab_-]{1,3}[.[\]]?$/);
    const piece = fc.constantFrom(
      '*',
      '**',
      '?',
      'a',
      'b',
      '-',
      '_',
      '.',
      '[ab]',
      '[!a]',
      '[',
      ']',
      '.*',
      'D',
    );
    const tree = fc.uniqueArray(pathOf(name, name), { minLength: 3, maxLength: 12 });
    // One of the paths, with some of its characters replaced.
    const changes = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant('') }, piece), {
      minLength: 16,
    });
    const cases = fc.sample(fc.tuple(tree, changes), 300).map(([paths, pieces]): Case => {
      const characters = Array.from(paths[0] ?? '', (each, at) => pieces[at] || each);
      return [paths, characters.join('').replace(/(?<=^|\/)\.{1,2}(?=\/|$)/g, 'a')];
    });
    const answers = await resolve(cases);
    const found = cases.map(([paths, each]) =>
      paths.filter(dataFileMatcher(each ?? '')).toSorted(),
    );
    expect(found.map((files, index) => [cases[index], files])).toEqual(
      (answers as string[][]).map((files, index) => [cases[index], files.toSorted()]),
    );
    expect(found.filter((files) => files.length > 0).length).toBeGreaterThan(50);
  });

  test('splits that are not named are those that datasets finds', async () => {
    const word = fc.constantFrom('train', 'test', 'dev', 'valid', 'eval', 'trains', 'data', 'x');
    const mark = fc.constantFrom(
      '',
      '-',
      '_',
      ' ',
      '.',
      '0',
      '-00000-of-00001',
      '-00000-of-00001-a',
    );
    const name = fc.tuple(fc.constantFrom('', 'a-', 'b'), word, mark).map((each) => each.join(''));
    const file = name.map((each) => `${each}.parquet`);
    const plain = fc.constantFrom('data', 'train', 'a', 'test-1', 'my_dev');
    const path = fc.oneof(
      file,
      fc.tuple(plain, file).map((each) => each.join('/')),
      fc.tuple(plain, plain, file).map((each) => each.join('/')),
    );
    // Of the name of a split with a hyphen `datasets` makes an error.
    const allowed = path.filter((each) => !/a-[^/]*-00000-of/u.test(each));
    const tree = fc.uniqueArray(allowed, { minLength: 1, maxLength: 4 });
    const cases = fc.sample(tree, 80).map((paths): Case => [paths, null]);
    const config = { name: 'default', directory: '', patterns: undefined };
    const found = cases.map(([paths]) =>
      Object.fromEntries(
        [...filesOfSplits(config, paths)].map(([split, files]) => [split, files.toSorted()]),
      ),
    );
    const answers = (await resolve(cases)) as unknown[];
    expect(found.map((splits, index) => [cases[index], splits])).toEqual(
      answers.map((splits, index) => [cases[index], splits]),
    );
  });
});
