import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outputsOf } from '../outputs-of.ts';
import { makeShardCorpus } from '../pipelines/shard-corpus.ts';
import { runToedit } from './run-toedit.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-cli-scores-'));
const toedit = (...args: readonly string[]) => runToedit([...args], directory);

beforeAll(async () => {
  mkdirSync(join(directory, 'corpus'));
  await makeShardCorpus(join(directory, 'corpus'));
  const kept = ['--candidates', '16', '--candidate-threshold', '0.2', '--quiet'];
  const { code, stderr } = await toedit('score', 'corpus', '--output', 'scored', ...kept);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
afterAll(() => rm(directory, { recursive: true }));

const rule = ['--threshold', '0.2', '--exclude-original', '--seed', '9'];

test('resample gives the bytes of edit, its summary the same counts', async () => {
  const edited = await toedit('edit', 'corpus', '--output', 'edited', ...rule, '--json');
  const resampled = await toedit('resample', 'scored', '--output', 'resampled', ...rule, '--json');
  expect([edited.code, resampled.code]).toEqual([0, 0]);
  expect(outputsOf(join(directory, 'resampled'))).toEqual(outputsOf(join(directory, 'edited')));
  const [one, other] = [edited, resampled].map(({ stdout }) => JSON.parse(stdout) as object);
  const counts = ['rows', 'tokens', 'eligible', 'drawn', 'changed', 'refused', 'passed'] as const;
  for (const name of counts) expect(other).toHaveProperty(name, Reflect.get(one ?? {}, name));
  expect(other).toMatchObject({ command: 'resample' });
  const { code, stdout } = await toedit('verify', 'resampled');
  expect(code).toBe(0);
  expect(stdout).toContain('all is well');
});

test('sweep prints a table, or one JSON object', async () => {
  const settings = ['--threshold', '0.2,0.5', '--temperature', '1', '--top-k', '4,16'];
  const { code, stdout, stderr } = await toedit('sweep', 'scored', ...settings, '--wanted', '5%');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n').filter((line) => /^ +0\.[25] +(4|16) +1 /u.test(line))).toHaveLength(4);
  expect(stdout).toContain('settings that change 5.00 % of all tokens');
  const json = await toedit('sweep', 'scored', ...settings, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ settings: [{}, {}, {}, {}], failed: [] });
});

test('sweep scores a corpus first; what cannot be scored is said, with exit code 3', async () => {
  mkdirSync(join(directory, 'mixed'));
  writeFileSync(join(directory, 'mixed/good.jsonl'), '{"text":"the old man and the sea"}\n');
  writeFileSync(join(directory, 'mixed/bad.parquet'), 'PAR1 and then nothing');
  const { code, stdout, stderr } = await toedit('sweep', 'mixed', '--threshold', '0.3');
  expect(code).toBe(3);
  expect(stdout).toMatch(/^\d+ tokens of 1 document/mu);
  expect(stderr).toContain('bad.parquet');
});

test.each([
  ['a threshold that was not scored', ['resample', 'scored', '-o', 'x', '--threshold', '0.1']],
  ['more candidates', ['resample', 'scored', '-o', 'x', '--top-k', '17']],
  ['a run that is no score run', ['resample', 'edited', '-o', 'x']],
  ['a directory without a run', ['resample', 'corpus', '-o', 'x']],
  ['a format', ['score', 'corpus', '-o', 'x', '--candidates', '8', '--format', 'parquet']],
  ['a threshold without candidates', ['score', 'corpus', '-o', 'x', '--candidate-threshold', '1']],
  ['a share that is none', ['sweep', 'scored', '--wanted', '200%']],
])('%s is refused with exit code 2 and one line', async (_, args) => {
  const { code, stdout, stderr } = await toedit(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^toedit: [^\n]+\n$/u);
});

test.each(['score', 'resample', 'sweep'])('the help of %s has an example', async (command) => {
  const { code, stdout } = await toedit(command, '--help');
  expect(code).toBe(0);
  expect(stdout).toContain(`toedit ${command} `);
  expect(stdout).toContain('Exit codes: 0');
});
