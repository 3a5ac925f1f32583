import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToedit, startToedit } from '../cli/run-toedit.ts';
import { catastrophic, deadlyText, writeJson } from '../fixture-tokenizers.ts';
import { root } from '../sandbox.ts';

const tiny = join(root, 'models/tiny');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-hostile-tokenizers-'));
  makePrior('some', catastrophic);
  makePrior('prose', String.raw`(\w+\s?)*$`);
  makePrior('endless', String.raw`\w+[^\w]`);
  mkdirSync(at('corpus'));
  writeFileSync(at('corpus/bad.jsonl'), lines(['The boats', deadlyText, 'had gone out']));
  writeFileSync(at('corpus/good.jsonl'), lines(['The boats had not yet gone out.']));
  writeFileSync(at('corpus/hopeless.jsonl'), lines(new Array<string>(20).fill(deadlyText)));
  writeFileSync(at('long.jsonl'), lines(['The boats', 'a'.repeat(300_000), 'had gone out']));
});
afterAll(() => rmSync(directory, { recursive: true }));

const at = (path: string): string => join(directory, path);

const lines = (texts: readonly string[]): string =>
  texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join('');

/** The embedded prior, whose tokenizer cuts texts at the expression first. */
function makePrior(name: string, pattern: string): void {
  cpSync(tiny, at(name), { recursive: true });
  const tokenizer = JSON.parse(readFileSync(join(tiny, 'tokenizer.json'), 'utf8')) as {
    pre_tokenizer: unknown;
  };
  const split = { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
  const pretokenizers = [split, tokenizer.pre_tokenizer];
  const changed = { ...tokenizer, pre_tokenizer: { type: 'Sequence', pretokenizers } };
  writeJson(at(name), 'tokenizer.json', changed);
}

const model = ['--model', 'some', '--threads', '1'];

test.each(['edit', 'score'])(
  '%s sets aside the rows that it fails on, and goes on',
  async (command) => {
    const output = `${command}-out`;
    const outcome = await runToedit([command, 'corpus', '-o', output, ...model], directory);
    expect(outcome).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('tokenizer failed') as string,
      stderr: expect.stringMatching(
        /hopeless\.jsonl: the tokenizer fails on 16 texts in a row/,
      ) as string,
    });
    const rows = (path: string) => readFileSync(at(path), 'utf8').trimEnd().split('\n').length;
    expect([rows(`${output}/bad.jsonl`), rows(`${output}/good.jsonl`)]).toEqual([2, 1]);
    expect(readFileSync(at(`${output}/.dead-letters/bad.jsonl`), 'utf8')).toContain(deadlyText);
  },
);

test('a planned run does the same', async () => {
  const plan = ['plan', 'corpus', '-o', 'planned', '--model', 'some'];
  expect(await runToedit(plan, directory)).toMatchObject({ code: 0 });
  expect(await runToedit(['run', 'planned', '--threads', '1'], directory)).toMatchObject({
    code: 3,
  });
  expect(readdirSync(at('planned'))).toEqual(expect.arrayContaining(['bad.jsonl', 'good.jsonl']));
});

test.each([
  ['edit', ['edit', 'corpus', '-o', 'prose-out', '--model', 'prose']],
  ['score', ['score', 'corpus', '-o', 'prose-scored', '--model', 'prose']],
  ['doctor', ['doctor', '--model', 'prose']],
  ['compare-priors', ['compare-priors', 'prose', 'prose', '--input', 'corpus']],
  ['quantise', ['quantise', 'prose', '--calibrate', 'corpus', '-o', 'prose-int8']],
])('%s refuses a tokenizer that fails on plain English', async (_, args) => {
  const { code, stdout, stderr } = await runToedit(args, directory);
  expect(code).toBe(2);
  expect(stdout + stderr).toMatch(/prose\/tokenizer\.json: a regular expression .* too often/);
});

test('a text that takes for ever fails its row once it has taken ten seconds of the processor', async () => {
  const args = ['edit', 'long.jsonl', '-o', 'long-out', '--model', 'endless', '--threads', '1'];
  expect(await runToedit(args, directory)).toMatchObject({ code: 3 });
  expect(readFileSync(at('long-out/.dead-letters/long.jsonl'), 'utf8')).toContain('aaaa');
});

/** The tokenizers' processes that work here, whoever has started them. */
function tokenizers(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const isHere = readlinkSync(`/proc/${pid}/cwd`) === directory;
      return isHere && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('tokenizer-worker');
    } catch {
      return false;
    }
  });
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'while a text takes for ever, %s ends the run and leaves no process behind',
  async (signal) => {
    const output = `${signal}-out`;
    const args = ['edit', 'long.jsonl', '-o', output, '--model', 'endless', '--grace', '1'];
    const run = startToedit(args, directory);
    await expect.poll(() => isClaimed(output)).toBe(true);
    await expect.poll(tokenizers).toHaveLength(1);
    run.kill(signal);
    expect(await run.outcome).toMatchObject({ code: signal === 'SIGTERM' ? 75 : null });
    await expect.poll(tokenizers).toEqual([]);
  },
);

function isClaimed(output: string): boolean {
  const state = at(`${output}/.toedit`);
  if (!existsSync(state)) return false;
  return readdirSync(state, { recursive: true }).some((name) => /claims\/./.test(String(name)));
}

test('a tokenizer that nobody closes keeps no process', async () => {
  const module = pathToFileURL(join(root, 'dist/src/model/load-tokenizer.js')).href;
  const program = `
    const { loadTokenizer } = await import(${JSON.stringify(module)});
    const { encode } = await loadTokenizer(${JSON.stringify(tiny)}, null);
    console.log((await encode(['The boats'])).length);`;
  const args = ['--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { cwd: directory });
  const [[code], stdout] = await Promise.all([once(child, 'exit'), text(child.stdout)]);
  expect([code, stdout]).toEqual([0, '1\n']);
  await expect.poll(tokenizers).toEqual([]);
});
