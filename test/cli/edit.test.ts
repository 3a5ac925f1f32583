import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSandbox, root, type Sandbox } from '../sandbox.ts';
import { runToedit, startToedit } from './run-toedit.ts';

let sandbox: Sandbox;
let directory: string;
beforeAll(async () => {
  sandbox = await makeSandbox();
  ({ directory } = sandbox);
});
afterAll(() => sandbox[Symbol.dispose]());

const dictionary = 'corpus/devils-dictionary.jsonl.gz';

test('edits a directory, shows a summary, and mirrors the inputs', async () => {
  const { code, stdout, stderr } = await runToedit(['edit', 'corpus/', '-o', 'edited'], directory);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^done in .*: 2 files, 3 rows, /);
  expect(stdout).toContain('paper: P >= 0.99 redrawn from top 8, seed 0');
  expect(readdirSync(join(directory, 'edited')).sort()).toEqual([
    'books.parquet',
    'devils-dictionary.jsonl.gz',
  ]);
});

test('refuses output that exists, unless told to overwrite it', async () => {
  const args = ['edit', dictionary, '-o', 'twice'];
  expect((await runToedit(args, directory)).code).toBe(0);
  const path = join(directory, 'twice/devils-dictionary.jsonl.gz');
  const first = gunzipSync(readFileSync(path));
  const refused = await runToedit(args, directory);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(
    /^toedit: [^\n]*devils-dictionary\.jsonl\.gz[^\n]*--overwrite[^\n]*\n$/,
  );
  expect((await runToedit([...args, '--overwrite'], directory)).code).toBe(0);
  expect(gunzipSync(readFileSync(path)).equals(first)).toBe(true);
});

test('--json prints one object on stdout and nothing else anywhere', async () => {
  const args = ['edit', 'corpus/', '-o', 'json', '--json', '--seed', '18446744073709551615'];
  const { code, stdout, stderr } = await runToedit(args, directory);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd()).not.toContain('\n');
  const summary: unknown = JSON.parse(stdout);
  expect(summary).toMatchObject({
    command: 'edit',
    rows: 3,
    prior: { name: 'tiny', device: 'cpu' },
    options: { seed: '18446744073709551615' },
    files: [{ status: 'done' }, { status: 'done' }],
  });
});

test('--quiet prints nothing when all goes well', async () => {
  const args = ['edit', dictionary, '-o', 'quiet', '--quiet', '--limit', '1'];
  expect(await runToedit(args, directory)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('score adds its columns and leaves the rest', async () => {
  const args = ['score', dictionary, '-o', 'scored'];
  expect((await runToedit(args, directory)).code).toBe(0);
  const path = join(directory, 'scored/devils-dictionary.jsonl.gz');
  const [line = ''] = gunzipSync(readFileSync(path)).toString('utf8').split('\n');
  const row = JSON.parse(line) as Record<string, unknown>;
  expect(Object.keys(row)).toEqual(['id', 'text', 'letter', 'token_ids', 'token_logprobs']);
  const [first, second] = row['token_logprobs'] as (number | null)[];
  expect(first).toBeNull();
  expect(second).toBeLessThan(0);
});

test('a damaged file fails alone: one line, exit code 1, nothing under its name', async () => {
  mkdirSync(join(directory, 'mixed'));
  const books = readFileSync(join(directory, 'corpus/books.parquet'));
  writeFileSync(join(directory, 'mixed/cut.parquet'), books.subarray(0, books.length - 100));
  writeFileSync(join(directory, 'mixed/whole.parquet'), books);
  const { code, stdout, stderr } = await runToedit(['edit', 'mixed', '-o', 'mended'], directory);
  expect(code).toBe(1);
  expect(stdout).toContain('1 file (1 failed)');
  expect(stderr).toMatch(/^toedit: [^\n]*cut\.parquet[^\n]*\n$/);
  expect(readdirSync(join(directory, 'mended'))).toEqual(['whole.parquet']);
});

test.each([
  ['--preset best', /best.*paper.*official-up.*official-lowdrop.*filtering/],
  ['--threshold 1.5', /threshold.*1\.5/],
  ['--text-column body', /body.*text/],
  ['--model corpus', /corpus.*(config|tokenizer)\.json/],
  ['--model-file onnx/none.onnx', /none\.onnx/],
  ['--treshold 0.9', /--treshold.*did you mean --threshold\?/],
])('edit %s: exit code 2 and one line with a remedy', async (flags, message) => {
  const args = ['edit', 'corpus/books.parquet', '-o', 'refused', ...flags.split(' ')];
  const { code, stdout, stderr } = await runToedit(args, directory);
  expect(stderr).toMatch(/^toedit: [^\n]+\n$/);
  expect(stderr).toMatch(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(existsSync(join(directory, 'refused/books.parquet'))).toBe(false);
});

test('inputs that match nothing: exit code 2 and one line', async () => {
  const { code, stderr } = await runToedit(['edit', 'nowhere/*.parquet', '-o', 'none'], directory);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^toedit: [^\n]*nowhere\/\*\.parquet[^\n]*\n$/);
});

test('SIGINT stops a run: exit code 75, no partial output, no temporary file', async () => {
  const line = gunzipSync(readFileSync(join(root, 'examples/corpus/devils-dictionary.jsonl.gz')));
  writeFileSync(
    join(directory, 'long.jsonl'),
    Buffer.concat(Array.from({ length: 40 }, () => line)),
  );
  const running = startToedit(['edit', 'long.jsonl', '-o', 'stopped'], directory);
  const output = join(directory, 'stopped');
  for (let waited = 0; waited < 30_000 && !hasEntries(output); waited += 50) await setTimeout(50);
  running.kill('SIGINT');
  const { code, stdout, stderr } = await running.outcome;
  expect(stderr).toMatch(/^toedit: interrupted by SIGINT: [^\n]*\n$/);
  expect({ code, stdout }).toEqual({ code: 75, stdout: '' });
  expect(hasEntries(output)).toBe(false);
});

function hasEntries(path: string): boolean {
  return existsSync(path) && readdirSync(path).length > 0;
}
