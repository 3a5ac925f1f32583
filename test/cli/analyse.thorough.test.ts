import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../sandbox.ts';
import { runToedit, startToedit } from './run-toedit.ts';

const sample = join(root, 'examples/corpus');
let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-analyse-cli-'));
  writeFileSync(join(directory, 'one.jsonl'), '{"text":"one text","kind":"x"}\n{"text":null}\n');
  writeFileSync(join(directory, 'bad.parquet'), 'PAR1 is all that is left');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const toedit = (...args: string[]) => runToedit(args, directory);

describe('toedit analyse', () => {
  test('prints a table, or all numbers as one object', async () => {
    const table = await toedit('analyse', '--as', `human=${sample}`, '--as', 'mine=one.jsonl');
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toContain('compared with human');
    const json = await toedit('analyse', 'one.jsonl', '--group-by', 'kind', '--json');
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      reference: 'corpus',
      sets: [
        { name: 'corpus', rows: 2, passed: 1, groups: [{ group: 'x', rows: 1 }, { group: null }] },
      ],
      comparisons: [],
    });
  });

  test('shards, merged, print what one pass prints', async () => {
    for (const shard of ['1/2', '0/2']) {
      const { code } = await toedit(
        'analyse',
        sample,
        '--output',
        `s${shard[0] ?? ''}`,
        '--shard',
        shard,
      );
      expect(code).toBe(0);
    }
    const merged = await toedit('analyse', '--merge', 's0', '--merge', 's1', '--json');
    expect(merged).toEqual(await toedit('analyse', sample, '--json'));
    const half = await toedit('analyse', '--merge', 's0', '--output', 'half');
    expect(half).toMatchObject({ code: 2, stdout: '' });
    expect(half.stderr).toContain('is not analysed yet');
  });

  test('interrupted, it exits with 75, and the same command goes on', async () => {
    const corpus = join(directory, 'long');
    mkdirSync(corpus);
    const line = (row: number): string => {
      const words = Array.from(
        { length: 200 },
        (_, at) => `w${String((row * 7919 + at * at) % 50_000)}`,
      );
      return `${JSON.stringify({ text: words.join(' ') })}\n`;
    };
    writeFileSync(join(corpus, 'a.jsonl'), line(1));
    const lines = Array.from({ length: 1000 }, (_, row) => line(row)).join('');
    writeFileSync(join(corpus, 'b.jsonl'), lines.repeat(40));
    const args = ['analyse', 'long', '--output', 'kept', '--json'];
    const running = startToedit(args, directory);
    const state = join(directory, 'kept/.toedit-analysis/states/corpus/a.jsonl.json.gz');
    await expect.poll(() => existsSync(state), { interval: 20 }).toBe(true);
    running.kill('SIGINT');
    const { code, stderr } = await running.outcome;
    expect({ code, stderr }).toMatchObject({ code: 75 });
    expect(stderr).toContain('run the same command again');
    const { ino } = statSync(state);
    const again = await toedit(...args);
    expect(again).toMatchObject({ code: 0 });
    expect(statSync(state).ino).toBe(ino);
    expect(again.stdout).toBe((await toedit('analyse', 'long', '--json')).stdout);
  });

  test('a bad file is named, and the exit code is 3', async () => {
    const { code, stdout, stderr } = await toedit('analyse', 'one.jsonl', 'bad.parquet', '--json');
    expect(code).toBe(3);
    expect(stderr).toContain('bad.parquet');
    expect(JSON.parse(stdout)).toMatchObject({
      sets: [{ files: 1 }],
      failed: [{ code: 'FILE_CORRUPT' }],
    });
  });

  test('a column that no file has is the fault of the request', async () => {
    const { code, stderr } = await toedit(
      'analyse',
      'one.jsonl',
      '--text-column',
      'body',
      '--json',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('body');
  });

  test.each([
    [['analyse'], 'name a corpus'],
    [['analyse', '--as', 'one.jsonl'], 'write it as a name and a path'],
    [['analyse', '--as', '../x=one.jsonl'], 'letters, digits'],
    [['analyse', 'one.jsonl', '--shard', '0/2'], '--output'],
    [['analyse', 'one.jsonl', '--merge', 's0'], '--merge takes what was analysed already'],
    [['analyse', '--merge', 'nowhere'], 'holds no analysis'],
    [['analyse', 'nowhere.jsonl'], 'nowhere.jsonl'],
    [
      ['select', 'dsir', '--target', 'one.jsonl', '--from', sample, '--output', 'o', '--rows', '0'],
      'rows',
    ],
    [
      [
        'select',
        'perplexity',
        '--target',
        'one.jsonl',
        '--from',
        sample,
        '--output',
        'o',
        '--rows',
        '1',
      ],
      'dsir',
    ],
  ])('%j is refused with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await toedit(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

test('toedit select dsir prints what it selected, and the same seed writes the same bytes', async () => {
  const select = (output: string, ...more: string[]) =>
    toedit(
      'select',
      'dsir',
      '--target',
      join(sample, 'books.parquet'),
      '--from',
      sample,
      '--rows',
      '9',
      '--output',
      output,
      ...more,
    );
  const first = await select('a');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain('selected 9 of 33 texts');
  const second = await select('b', '--json', '--seed', '0');
  expect(JSON.parse(second.stdout)).toMatchObject({ method: 'dsir', selected: 9 });
  const name = 'devils-dictionary.jsonl.gz';
  expect(readFileSync(join(directory, 'b', name))).toEqual(
    readFileSync(join(directory, 'a', name)),
  );
});
