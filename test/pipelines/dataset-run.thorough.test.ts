import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EditCorpusOptions, editCorpus, planCorpus, verifyRun } from 'toedit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseHeader } from '#toedit/src/dataset/dataset-card';
import { outputsOf } from '../outputs-of.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-dataset-'));
const source = join(directory, 'poems');
const header = `license: mit # as it was
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train*
  - split: test
    path: data/test.jsonl
dataset_info:
  splits:
  - name: train
    num_bytes: 6000
    num_examples: 60
  - name: test
    num_bytes: 100
    num_examples: 1
  download_size: 5
  dataset_size: 6100`;

beforeAll(() => {
  mkdirSync(join(source, 'data'), { recursive: true });
  const lines = (rows: number): string =>
    Array.from({ length: rows }, (_, row) => `{"text":"the old man and the sea ${row}"}\n`).join(
      '',
    );
  for (const [name, rows] of [
    ['train-a', 30],
    ['train-b', 30],
    ['test', 1],
    ['draft', 2],
  ] as const) {
    writeFileSync(join(source, 'data', `${name}.jsonl`), lines(rows));
  }
  writeFileSync(join(source, 'README.md'), `---\n${header}\n---\n\n# Poems\n`);
});
afterAll(() => rm(directory, { recursive: true }));

let runs = 0;
const newOutput = (): string => join(directory, `out-${String(runs++)}`);
const cardOf = (output: string): string => readFileSync(join(output, 'README.md'), 'utf8');
const headerOf = (output: string): unknown => parse(parseHeader(cardOf(output))?.toString() ?? '');
const edit = (output: string, options: Partial<EditCorpusOptions> = {}) =>
  editCorpus({ inputs: [source], output, threads: 1, threshold: 0.3, ...options });

test('a data set keeps its card, and what that does not name is left out', async () => {
  const output = newOutput();
  const { files } = await edit(output);
  const ofStatus = (wanted: string) => files.filter(({ status }) => status === wanted);
  expect(ofStatus('done').map(({ input }) => input)).toHaveLength(3);
  expect(ofStatus('skipped').map(({ input }) => input)).toEqual([join(source, 'data/draft.jsonl')]);
  expect(cardOf(output)).toContain('license: mit # as it was\n');
  expect(cardOf(output)).toMatch(/^## The card of the source\n\n.*\n\n# Poems\n$/ms);
  expect(headerOf(output)).toMatchObject({
    configs: parse(header).configs,
    dataset_info: { splits: parse(header).dataset_info.splits, dataset_size: 6100 },
  });
  expect(await verifyRun(output)).toMatchObject({ problems: [] });
});

test('a run that was stopped says no sizes, and its end is that of a run that was not', async () => {
  const [whole, output] = [newOutput(), newOutput()];
  await edit(whole);
  const stop = new AbortController();
  const onProgress = (): void => {
    stop.abort();
  };
  const { interrupted } = await edit(output, { stop: stop.signal, onProgress, filesInFlight: 1 });
  expect(interrupted).toBe(true);
  expect(headerOf(output)).not.toHaveProperty('dataset_info.splits');
  // What the card of the source says by then does not count: the run is that which was planned.
  writeFileSync(join(source, 'README.md'), `---\n${header.replace('mit', 'gpl')}\n---\n`);
  await edit(output);
  writeFileSync(join(source, 'README.md'), `---\n${header}\n---\n\n# Poems\n`);
  expect(headerOf(output)).toEqual({ ...(headerOf(whole) as object), pretty_name: 'out-2' });
  const dataOf = (place: string) => [...outputsOf(place)].filter(([name]) => name !== 'README.md');
  expect(dataOf(output)).toEqual(dataOf(whole));
});

test('a README.md of somebody else is not replaced, and none is kept where none is wanted', async () => {
  const output = newOutput();
  mkdirSync(output);
  writeFileSync(join(output, 'README.md'), '# Mine\n');
  await expect(edit(output)).rejects.toThrow(/move it away, or write none: --no-card/);
  expect(existsSync(join(output, '.toedit'))).toBe(false);
  await edit(output, { card: false });
  expect(cardOf(output)).toBe('# Mine\n');
});

test('only a directory whose card says how it is loaded keeps one unasked', async () => {
  const plain = join(directory, 'plain');
  mkdirSync(plain);
  writeFileSync(join(plain, 'a.jsonl'), '{"text":"the sea"}\n');
  writeFileSync(join(plain, 'README.md'), '---\nlicense: mit\n---\n');
  const dataOf = async (inputs: readonly string[], options: Partial<EditCorpusOptions> = {}) => {
    const output = newOutput();
    const plan = await planCorpus({ inputs, output, ...options });
    return { card: plan.card, tasks: plan.tasks.length };
  };
  expect(await dataOf([source])).toEqual({ card: true, tasks: 3 });
  expect(await dataOf([plain])).toEqual({ card: undefined, tasks: 1 });
  expect(await dataOf([source, plain])).toEqual({ card: undefined, tasks: 5 });
  expect(await dataOf([join(source, 'data')])).toEqual({ card: undefined, tasks: 4 });
  expect(await dataOf([join(source, '**/*.jsonl')])).toEqual({ card: undefined, tasks: 4 });
  const output = newOutput();
  await edit(output, { inputs: [plain], card: true });
  expect(headerOf(output)).toMatchObject({ license: 'mit', tags: ['toedit', 'semi-synthetic'] });
});

test('sizes are of rows, however many texts a row has', async () => {
  const [chats, output] = [join(directory, 'chats'), newOutput()];
  mkdirSync(chats);
  const line = (...texts: readonly (string | null)[]): string =>
    `${JSON.stringify({ turns: texts.map((content) => ({ content })) })}\n`;
  const rows = [line('the old man', 'the sea', 'the old'), line('the sea', 'the man'), line(null)];
  writeFileSync(join(chats, 'train.jsonl'), rows.join(''));
  const split = '- name: train\n    num_bytes: 300\n    num_examples: 3';
  writeFileSync(
    join(chats, 'README.md'),
    `---\ndataset_info:\n  splits:\n  ${split}\n  dataset_size: 300\n---\n`,
  );
  const turns = { inputs: [chats], textColumn: 'turns[].content' } as const;
  const summary = await edit(output, { ...turns, onBadRow: 'dead-letter' });
  expect(summary).toMatchObject({ rows: 6, deadLetters: 1, files: [{ writtenRows: 2 }] });
  expect(headerOf(output)).toMatchObject({
    dataset_info: { splits: [{ num_examples: 2, num_bytes: 200 }], dataset_size: 200 },
  });
  expect(cardOf(output)).toMatch(/^\| rows \| 3 \|\n.* 1 \|\n\| texts, .* \| 6 \|$/m);
  expect(await verifyRun(output)).toMatchObject({ problems: [], rows: 2 });
});
