import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { bodyOf, parseHeader } from '#toedit/src/dataset/dataset-card';
import { dataFileMatcher } from '#toedit/src/dataset/match-data-files';
import { datasetHeader, type HeaderFacts } from '#toedit/src/report/card/dataset-header';
import { type DatasetFile, movedPatterns } from '#toedit/src/report/card/moved-patterns';

const facts: HeaderFacts = {
  manifest: { command: 'edit', options: {}, tasks: [] },
  ...{ name: 'out', tags: ['toedit'], sizeCategory: 'n<1K' },
};
const cardOf = (header: string): string => `---\n${header.trimEnd()}\n---\n\n# Words\n`;
const fileOf = (input: string, rows: number): DatasetFile => ({
  ...{ input, output: input, isArchive: false, isWritten: true, rows, bytes: 10 * rows },
});
const headerOf = (
  card: string,
  files: readonly DatasetFile[] = [],
  changes: Partial<HeaderFacts> = {},
) => datasetHeader({ source: { card }, files }, { ...facts, ...changes });

const own = new Set([
  'pretty_name',
  'tags',
  'size_categories',
  'source_datasets',
  'configs',
  'dataset_info',
]);

test('what a header says beside sizes and tags stays, whatever it is', () => {
  const key = fc.stringMatching(/^[a-z_]{1,8}$/).filter((each) => !own.has(each));
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), (header) => {
      const written = headerOf(cardOf(stringify({ license: 'mit', ...header })));
      expect(parse(written)).toEqual({
        ...parse(stringify({ license: 'mit', ...header })),
        ...{ pretty_name: 'out', tags: ['toedit'], size_categories: ['n<1K'] },
      });
      // Of an edited copy that is edited again nothing changes.
      expect(headerOf(cardOf(written))).toBe(written);
    }),
  );
});

test('scalars keep their spelling, whichever version of YAML reads them', () => {
  const header = `license: no # Norway
date: 2020-01-01
number: 017
float: 1.50
big: 123456789012345678901
empty:
quoted: "a\\x85\\u2028b"
anchor: &a
  names: {'0': neg, 1: 'no'}
again: *a
block: |
  - a
   b`;
  const written = headerOf(cardOf(header));
  for (const line of header.split('\n').filter((each) => !each.startsWith('quoted'))) {
    expect(written.split('\n')).toContain(line);
  }
  expect(written).toContain('quoted: "a\\u0085\\u2028b"');
});

test('rows, files and columns are those that were written; other splits stay', () => {
  const card = cardOf(`dataset_info:
  features:
  - name: text
    dtype: string
  splits:
  - name: train
    num_bytes: 1000
    num_examples: 10
  - name: far
    num_bytes: 5
    num_examples: 1
  download_size: 1
  dataset_size: 2
configs:
- config_name: default
  data_files:
  - split: train
    path: data/a*
  - split: far
    path: hf://datasets/x/y/z.parquet
source_datasets: original
tags: old`);
  const files = [fileOf('data/a1', 3), fileOf('data/a2', 4), fileOf('other', 9)];
  const manifest = { ...facts.manifest, options: { report: true } };
  const written = parse(headerOf(card, files, { manifest }));
  expect(written).toMatchObject({
    tags: ['old', 'toedit'],
    dataset_info: {
      splits: [
        { name: 'train', num_bytes: 700, num_examples: 7 },
        { name: 'far', num_bytes: 5, num_examples: 1 },
      ],
      ...{ download_size: 70, dataset_size: 705 },
      features: [{ name: 'text', dtype: 'string' }, { name: 'edits' }],
    },
    configs: parse(parseHeader(card)?.toString() ?? '').configs,
  });
  expect(written).not.toHaveProperty('source_datasets');
  const unfinished = parse(headerOf(card, files, { sizeCategory: undefined }));
  expect(unfinished.dataset_info).toEqual({ features: [{ name: 'text', dtype: 'string' }] });
  expect(unfinished).not.toHaveProperty('size_categories');
  const scores = { ...facts.manifest, command: 'score' as const, options: { candidates: 8 } };
  expect(parse(headerOf(card, files, { manifest: scores }))).not.toHaveProperty('configs');
});

test('a configuration of which nothing was written is left out at the end, unless none is left', () => {
  const card = cardOf(`configs:
- config_name: scores
  data_files: scores/*
- config_name: texts
  data_dir: texts
dataset_info:
- config_name: texts
  download_size: 1
- config_name: scores`);
  const failed = (input: string) => ({ ...fileOf(input, 0), isWritten: false });
  const namesIn = (files: readonly DatasetFile[], changes: Partial<HeaderFacts> = {}) => {
    const { configs, dataset_info: infos } = parse(headerOf(card, files, changes));
    const names = (each: readonly { config_name: string }[]) => each.map((one) => one.config_name);
    return [names(configs), names(infos)];
  };
  const both = [
    ['scores', 'texts'],
    ['texts', 'scores'],
  ];
  const files = [failed('scores/a'), failed('texts/a'), fileOf('texts/b', 1)];
  expect(namesIn(files)).toEqual([['texts'], ['texts']]);
  expect(namesIn(files, { sizeCategory: undefined })).toEqual(both);
  expect(namesIn(files.slice(0, 2))).toEqual(both);
  expect(namesIn([fileOf('scores/b', 0), ...files])).toEqual(both);
});

test('patterns stand for the outputs of their files, and no others, when these are named anew', () => {
  const name = fc.stringMatching(/^[ab[*]{1,2}$/);
  const input = fc
    .tuple(name, name, fc.constantFrom('parquet', 'jsonl.gz', 'zip'))
    .map(([directory, file, extension]) => `${directory}/${file}.${extension}`);
  const pattern = fc.constantFrom(
    'a/*',
    '*/a.*',
    '**/*.zip',
    '*/*.parquet',
    '*/b.jsonl.gz',
    '**',
    'b/*[ab].*',
  );
  fc.assert(
    fc.property(fc.uniqueArray(input, { minLength: 1 }), pattern, (inputs, given) => {
      const files = inputs.map((each): DatasetFile => {
        const isArchive = each.endsWith('.zip');
        const output = isArchive
          ? each
          : each.replace(/\.[a-z.]+$/, `${inputs.indexOf(each)}.arrow`);
        return { ...fileOf(each, 1), output, isArchive };
      });
      const config = { name: 'default', directory: '', patterns: undefined };
      const wanted = files.filter((each) => dataFileMatcher(given)(each.input));
      fc.pre(wanted.length > 0);
      const matchers = movedPatterns(config, given, { files, format: 'arrow' }).map(
        dataFileMatcher,
      );
      for (const file of files) {
        const places = file.isArchive
          ? ['x.jsonl', 'x/y.jsonl'].map((each) => `${file.output}/${each}`)
          : [file.output];
        for (const place of places) {
          expect(matchers.some((matches) => matches(place))).toBe(wanted.includes(file));
        }
      }
    }),
  );
});

test('a card is a header and what stands behind it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'a-\n#: ') }), (body) => {
      const card = `---\nlicense: mit\n---\n${body}`;
      expect(bodyOf(card)).toBe(body);
      expect(parseHeader(card)?.get('license')).toBe('mit');
    }),
  );
  for (const card of [
    '',
    '# Words',
    '---\n- a\n---\n',
    '---\na: b\na: c\n---\n',
    '---\na: [\n---\n',
  ]) {
    expect(parseHeader(card)).toBeUndefined();
  }
});
