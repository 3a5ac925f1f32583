import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toRows } from '#toedit/operators/formats/from-rows';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { takeRows } from '#toedit/operators/take-rows';
import { makeSandbox, root, type Sandbox } from '../sandbox.ts';
import { runToedit } from './run-toedit.ts';

const program = join(root, 'dist/src/cli/main.js');
const rule = ['--threshold', '0.3', '--exclude-original', '--seed', '3'];

let sandbox: Sandbox;
const at = (name: string): string => join(sandbox.directory, name);

beforeAll(async () => {
  sandbox = await makeSandbox();
  // Of the whole file, whose texts are long, two.
  const peps = readArrow(join(root, 'examples/corpus/peps.arrow'));
  await writeArrow(at('peps.arrow'))(takeRows(2)(peps));
  const lines = Array.from({ length: 40 }, (_, id) => {
    const said = `It was the best of times, it was the worst of times, number ${id}.`;
    return `{"id": ${id}, "text": ${JSON.stringify(said)} , "x": 1.50}\r\n`;
  });
  writeFileSync(at('a.jsonl'), `\n${lines.join('')}not JSON\n{"text": null}`);
});
afterAll(() => sandbox[Symbol.dispose]());

async function pipe(input: Uint8Array, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: sandbox.directory,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number];
  return { code, stdout, stderr };
}

const edit = (input: Uint8Array, ...args: string[]) =>
  pipe(input, 'edit', '-', '--output', '-', ...rule, ...args);

async function rowsOf(bytes: Uint8Array | string): Promise<unknown[]> {
  const source = typeof bytes === 'string' ? bytes : Readable.from([bytes]);
  const rows: unknown[] = [];
  for await (const row of toRows(readArrow(source))) rows.push(row);
  return rows;
}

describe('from standard input to standard output', () => {
  test('JSON Lines: the bytes of a run, plain and from gzip', async () => {
    expect(
      (await runToedit(['edit', 'a.jsonl', '-o', 'run', ...rule], sandbox.directory)).code,
    ).toBe(0);
    const input = readFileSync(at('a.jsonl'));
    const { code, stdout, stderr } = await edit(input);
    expect({ code, said: stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(
      /^toedit: edited 42 rows, [\d,]+ tokens: [\d,]+ eligible, [\d,]+ changed; passed unedited: 1 null_text, 1 not_json, in /,
    );
    expect(stdout.equals(readFileSync(at('run/a.jsonl')))).toBe(true);
    expect(stdout.equals(input)).toBe(false);
    const dictionary = readFileSync(at('corpus/devils-dictionary.jsonl.gz'));
    const flags = ['corpus/devils-dictionary.jsonl.gz', '-o', 'run-gz', ...rule];
    expect((await runToedit(['edit', ...flags], sandbox.directory)).code).toBe(0);
    const whole = gunzipSync(readFileSync(at('run-gz/devils-dictionary.jsonl.gz')));
    expect((await edit(dictionary)).stdout.equals(whole)).toBe(true);
  });

  test('Arrow: the rows of a run, and of JSON Lines whole lines or none', async () => {
    const args = ['edit', 'peps.arrow', '-o', 'run-arrow', ...rule];
    expect((await runToedit(args, sandbox.directory)).code).toBe(0);
    const { code, stdout } = await edit(readFileSync(at('peps.arrow')));
    expect(code).toBe(0);
    expect(await rowsOf(stdout)).toEqual(await rowsOf(at('run-arrow/peps.arrow')));
    const unedited = ['edit', '-', '-o', '-', '--format', 'jsonl', '--threshold', 'none'];
    const asLines = await pipe(stdout, ...unedited);
    expect({ code: asLines.code, said: asLines.stderr }).toMatchObject({ code: 0 });
    const parsed = asLines.stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(parsed).toEqual(await rowsOf(stdout));

    const refused = await edit(readFileSync(at('a.jsonl')), '--format', 'arrow');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--json-fields line');
    const lines = await edit(
      readFileSync(at('a.jsonl')),
      '--format',
      'arrow',
      '--json-fields',
      'line',
    );
    const rows = (await rowsOf(lines.stdout)) as { line: Uint8Array }[];
    const joined = Buffer.concat(rows.map(({ line }) => line));
    expect(joined.equals((await edit(readFileSync(at('a.jsonl')))).stdout)).toBe(true);
  });

  test('scores are added', async () => {
    const { stdout, stderr } = await pipe(readFileSync(at('a.jsonl')), 'score', '-', '-o', '-');
    expect(stderr).toMatch(/^toedit: scored 42 rows/);
    const [first] = stdout.toString().trimStart().split('\n');
    const { token_ids: ids, token_logprobs: logprobs } = JSON.parse(first ?? '') as Record<
      string,
      number[]
    >;
    expect(ids?.length).toBe(logprobs?.length);
  });

  test('no input is no output', async () => {
    expect(await edit(new Uint8Array(0))).toMatchObject({ code: 0, stdout: Buffer.alloc(0) });
  });

  const one = '{"text":"a"}';
  test.each([
    ['a flag of runs', [2, one, '--overwrite'], '--overwrite is for runs'],
    ['a JSON summary', [2, one, '--json'], '--json is for runs'],
    ['rows set aside', [2, one, '--on-bad-row', 'dead-letter'], 'they pass, or fail'],
    ['a bad row, asked to fail', [3, `${one}\n{"text":1}\n`, '--on-bad-row', 'fail'], 'row 1'],
  ] as const)('refused: %s', async (_, [code, input, ...flags], message) => {
    const result = await edit(Buffer.from(input), ...flags);
    expect(result).toMatchObject({ code });
    expect(result.stderr).toContain(message);
  });

  test.each([
    ['Parquet', () => readFileSync(at('corpus/books.parquet')), 'Parquet, which is not read front'],
    ['damaged data', () => readFileSync(at('peps.arrow')).subarray(0, 2000), 'standard input'],
  ] as const)('bad input: %s', async (_, input, message) => {
    const result = await edit(input());
    expect(result).toMatchObject({ code: 3 });
    expect(result.stderr).toContain(message);
  });

  test('a reader that leaves ends it', async () => {
    const many = Buffer.concat(Array.from({ length: 200 }, () => readFileSync(at('a.jsonl'))));
    const child = spawn(
      process.execPath,
      [program, 'edit', '-', '-o', '-', '--threshold', 'none'],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(many);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(75);
  });
});
