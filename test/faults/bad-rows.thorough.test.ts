import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, runToedit } from '../cli/run-toedit.ts';
import { query } from '../duckdb.ts';

/** `rows.jsonl` and `rows.parquet` with rows of every kind, `good.jsonl` with none that is bad. */
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-rows-'));
  mkdirSync(join(directory, 'corpus'));
  mkdirSync(join(directory, 'bad'));
  writeFileSync(join(directory, 'corpus/rows.jsonl'), `${lines.join('\n')}\n`);
  writeFileSync(join(directory, 'corpus/good.jsonl'), '{"text":"the sky"}\n');
  const values = "(1, 'the sun'::BLOB), (2, '\\xFF\\xFE'::BLOB), (3, NULL)";
  const path = join(directory, 'corpus/rows.parquet');
  await query(`COPY (FROM (VALUES ${values}) t(id, text)) TO '${path}' (FORMAT parquet)`);
  for (const name of ['0.parquet', '1.parquet', '2.parquet', '3.parquet']) {
    writeFileSync(join(directory, 'bad', name), 'PAR1 and nothing else PAR1');
  }
  writeFileSync(join(directory, 'bad/whole.jsonl'), '{"text":"the sea"}\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

const lines = [
  '{"id":1,"text":"the sun"}',
  '{"id":2,"text":null}',
  '{"id":3,"text":42,"more":["kept",1.50]}',
  '{"id":4}',
  `{"id":5,"text":"${'far too long '.repeat(5)}"}`,
  '{"id":6,"text":"the moon"}',
];

const edit = (output: string, ...flags: string[]): Promise<Outcome> =>
  runToedit(
    ['edit', 'corpus', '-o', output, '--max-text-bytes', '40', '--json', ...flags],
    directory,
  );

const rowsOf = (path: string): Promise<Record<string, unknown>[]> =>
  query(`SELECT * FROM '${join(directory, path)}' ORDER BY id`);

test('pass: every row is in the output, as it was', async () => {
  const { code, stdout } = await edit('passed');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 10, deadLetters: 0 });
  const passed = readFileSync(join(directory, 'passed/rows.jsonl'), 'utf8').split('\n');
  expect(passed.slice(1, 5)).toEqual(lines.slice(1, 5));
});

test('dead-letter: bad rows are set aside whole, with reason and place; none is lost', async () => {
  const { code, stdout } = await edit('aside', '--on-bad-row', 'dead-letter');
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 10, deadLetters: 6, tasks: { done: 3 } });
  expect(await rowsOf('aside/rows.jsonl')).toHaveLength(2);
  expect(await rowsOf('aside/rows.parquet')).toHaveLength(1);
  const letters = await rowsOf('aside/.dead-letters/rows.jsonl');
  const told = letters.map((row) => [row['dead_letter_reason'], Number(row['dead_letter_row'])]);
  expect(told).toEqual([
    ['null_text', 1],
    ['not_text', 2],
    ['null_text', 3],
    ['over_byte_limit', 4],
  ]);
  const whole = readFileSync(join(directory, 'aside/.dead-letters/rows.jsonl'), 'utf8');
  for (const line of lines.slice(1, 5)) expect(whole).toContain(line.slice(1, -1));
  const ofParquet = await rowsOf('aside/.dead-letters/rows.parquet');
  expect(ofParquet).toMatchObject([
    { id: 2, dead_letter_reason: 'invalid_utf8' },
    { id: 3, dead_letter_reason: 'null_text' },
  ]);
  for (const { dead_letter_input: input } of [...letters, ...ofParquet]) {
    expect(input).toMatch(/corpus\/rows\.(?:jsonl|parquet)$/);
  }
});

test('--max-dead-letters allows a share of rows', async () => {
  const set = ['--on-bad-row', 'dead-letter', '--max-dead-letters'];
  expect((await edit('aside', ...set, '0.6')).code).toBe(0);
  expect((await edit('aside', ...set, '0.5')).code).toBe(3);
});

test('fail: the file of a bad row fails, and names the row', async () => {
  const { code, stdout, stderr } = await edit('failed', '--on-bad-row', 'fail');
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ tasks: { done: 1, bad: 2 } });
  expect(stderr).toMatch(/corpus\/rows\.jsonl[^\n]*row 1\b[^\n]*\n/);
  expect(stderr).toMatch(/corpus\/rows\.parquet[^\n]*row 1\b[^\n]*\n/);
  expect(readdirSync(join(directory, 'failed')).filter((name) => name[0] !== '.')).toEqual([
    'good.jsonl',
  ]);
});

test('--max-bad-files ends the run early; without it, the rest is done', async () => {
  const args = ['edit', 'bad', '-o', 'early', '--json', '--files-in-flight', '1'];
  const early = await runToedit([...args, '--max-bad-files', '1'], directory);
  expect(early.code).toBe(3);
  const { tasks } = JSON.parse(early.stdout) as { tasks: Record<string, number> };
  expect(tasks).toMatchObject({ total: 5, bad: 2, pending: 3 });
  const rest = await runToedit(args, directory);
  expect(rest.code).toBe(3);
  expect(JSON.parse(rest.stdout)).toMatchObject({ tasks: { bad: 4, done: 1, pending: 0 } });
});
