import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDirectory } from '../run-directory.ts';
import { makeSandbox, type Sandbox } from '../sandbox.ts';
import { runToedit, startToedit } from './run-toedit.ts';

let sandbox: Sandbox;
let directory: string;
beforeAll(async () => {
  sandbox = await makeSandbox();
  ({ directory } = sandbox);
});
afterAll(() => sandbox[Symbol.dispose]());

const dictionary = 'corpus/devils-dictionary.jsonl.gz';

test('the same command again has nothing to do; another one is refused, or begins anew', async () => {
  const args = ['edit', dictionary, '-o', 'twice'];
  expect((await runToedit(args, directory)).code).toBe(0);
  const path = join(directory, 'twice/devils-dictionary.jsonl.gz');
  const first = gunzipSync(readFileSync(path));
  const again = await runToedit(args, directory);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('1,497 tokens were done before');
  const refused = await runToedit([...args, '--seed', '5'], directory);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^toedit: [^\n]*twice[^\n]*seed[^\n]*--overwrite[^\n]*\n$/);
  expect((await runToedit([...args, '--overwrite'], directory)).code).toBe(0);
  expect(gunzipSync(readFileSync(path)).equals(first)).toBe(true);
});

test('refuses output that no run has made', async () => {
  mkdirSync(join(directory, 'foreign'));
  writeFileSync(join(directory, 'foreign/devils-dictionary.jsonl.gz'), 'mine');
  const { code, stderr } = await runToedit(['edit', dictionary, '-o', 'foreign'], directory);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^toedit: [^\n]*devils-dictionary\.jsonl\.gz[^\n]*--overwrite[^\n]*\n$/);
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

test('nothing is left in the temporary directory, and nothing is reported to anyone', async () => {
  const temporary = join(directory, 'temporary');
  mkdirSync(temporary);
  const args = ['edit', dictionary, '-o', 'discreet', '--limit', '1'];
  const { code } = await runToedit(args, directory, { env: { TMPDIR: temporary } });
  expect(code).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
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

test('a damaged file fails alone: one line, exit code 3, nothing under its name', async () => {
  mkdirSync(join(directory, 'mixed'));
  const books = readFileSync(join(directory, 'corpus/books.parquet'));
  writeFileSync(join(directory, 'mixed/cut.parquet'), books.subarray(0, books.length - 100));
  writeFileSync(join(directory, 'mixed/whole.parquet'), books);
  const { code, stdout, stderr } = await runToedit(['edit', 'mixed', '-o', 'mended'], directory);
  expect(code).toBe(3);
  expect(stdout).toContain('1 file (1 failed)');
  expect(stderr).toMatch(/^toedit: [^\n]*cut\.parquet[^\n]*\n$/);
  expect(readdirSync(join(directory, 'mended')).sort()).toEqual(['.toedit', 'whole.parquet']);
});

test.each([
  ['--preset best', /best.*paper.*official-up.*official-lowdrop.*filtering/],
  ['--threshold 1.5', /threshold.*1\.5/],
  ['--text-column body', /body.*text/],
  ['--model corpus', /corpus.*(config|tokenizer)\.json/],
  ['--model-file onnx/none.onnx', /none\.onnx/],
  ['--dtype int8', /model_int8\.onnx.*onnx\/model\.onnx \(--dtype fp32\)/],
  ['--dtype fp32 --model-file onnx/model.onnx', /--dtype fp32 and --model-file .*give one/],
  ['--dtype float8', /float8.*fp32.*int8/],
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

test('SIGINT stops a run: exit code 75, and the same command goes on to the same bytes', async () => {
  // Short rows: a record batch of 512 is soon done.
  const lines = Array.from({ length: 2500 }, (_, row) =>
    JSON.stringify({ text: `the old ${row}` }),
  );
  writeFileSync(join(directory, 'long.jsonl'), lines.join('\n'));
  const args = ['edit', 'long.jsonl', '--preset', 'official-up', '-o'];
  const running = startToedit([...args, 'stopped'], directory);
  const journals = (): string => join(runDirectory(join(directory, 'stopped')), 'journals');
  for (let waited = 0; waited < 60_000 && !hasSegment(journals()); waited += 50) {
    await setTimeout(50);
  }
  running.kill('SIGINT');
  const { code, stdout, stderr } = await running.outcome;
  expect(stderr).toMatch(
    /toedit: interrupted by SIGINT: committing[^\n]*\ntoedit: interrupted by SIGINT: [^\n]*same command[^\n]*\n$/,
  );
  expect(code).toBe(75);
  expect(stdout).toMatch(/^interrupted, 1 file to go, after /);
  expect(readdirSync(join(directory, 'stopped'))).toEqual(['.toedit']);

  const resumed = await runToedit([...args, 'stopped'], directory);
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toMatch(/resumed: .*went on after [\d,]+ rows of unfinished files/);
  expect(resumed.stdout).not.toContain('done again');
  expect((await runToedit([...args, 'whole'], directory)).code).toBe(0);
  const bytes = (name: string) => readFileSync(join(directory, name, 'long.jsonl'));
  expect(bytes('stopped').equals(bytes('whole'))).toBe(true);
});

function hasSegment(path: string): boolean {
  if (!existsSync(path)) return false;
  return readdirSync(path, { recursive: true }).some((name) => String(name).endsWith('.arrows'));
}
