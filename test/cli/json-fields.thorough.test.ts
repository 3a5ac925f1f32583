import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../duckdb.ts';
import { makeSandbox, type Sandbox } from '../sandbox.ts';
import { runToedit } from './run-toedit.ts';

let sandbox: Sandbox;
const at = (name: string): string => join(sandbox.directory, name);
const edit = (...args: string[]) =>
  runToedit(['edit', ...args, '--threshold', '0.3', '--exclude-original'], sandbox.directory);

const rows = Array.from({ length: 700 }, (_, id) => ({
  id,
  text: `It was the best of times, it was the worst of times, number ${id}.`,
  url: id % 3 === 0 ? null : `https://example.com/${id}`,
  score: id / 8,
  meta: { lang: 'en', tags: ['a', `b${id}`], quality: { ok: id % 2 === 0 } },
}));

beforeAll(async () => {
  sandbox = await makeSandbox();
  writeFileSync(at('a.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const mixed = '{"text":"some text","v":1}\n{"text":"some more","v":"x"}\nno JSON\n';
  writeFileSync(at('mixed.jsonl'), mixed);
});
afterAll(() => sandbox[Symbol.dispose]());

describe('JSON Lines to another format', () => {
  test('DuckDB reads in the columns what it reads in the lines, but for the edits', async () => {
    expect(await edit('a.jsonl', '-o', 'lines')).toMatchObject({ code: 0 });
    expect(await edit('a.jsonl', '-o', 'columns', '--format', 'parquet')).toMatchObject({
      code: 0,
    });
    const [lines, columns] = [at('lines/a.jsonl'), at('columns/a.parquet')];
    expect(await query(`DESCRIBE SELECT * FROM '${columns}'`)).toEqual(
      await query(`DESCRIBE SELECT * FROM '${lines}'`),
    );
    const both = `SELECT count(*)::INT n FROM (SELECT * FROM '${lines}' EXCEPT SELECT * FROM '${columns}')`;
    expect(await query(both)).toEqual([{ n: 0 }]);
    const changed = await query(
      `SELECT count(*)::INT n FROM '${columns}' c JOIN '${at('a.jsonl')}' o USING (id) WHERE c.text <> o.text`,
    );
    expect(Number(changed[0]?.['n'])).toBeGreaterThan(0);
    expect(await runToedit(['verify', 'columns'], sandbox.directory)).toMatchObject({ code: 0 });
  });

  test('scores are columns beside the fields', async () => {
    const args = ['score', 'a.jsonl', '-o', 'scored', '--format', 'parquet', '--limit', '5'];
    expect(await runToedit(args, sandbox.directory)).toMatchObject({ code: 0 });
    const names = await query(
      `SELECT column_name FROM (DESCRIBE SELECT * FROM '${at('scored/a.parquet')}')`,
    );
    expect(names.map((row) => row['column_name'])).toEqual([
      ...['id', 'text', 'url', 'score', 'meta'],
      ...['token_ids', 'token_logprobs'],
    ]);
  });

  test('a field of mixed types, and a line that is no object, fail the file before it is scored', async () => {
    const { code, stderr } = await edit('mixed.jsonl', '-o', 'failed', '--format', 'parquet');
    expect(code).toBe(3);
    expect(stderr).toMatch(/mixed\.jsonl: row 2 is not a JSON object .*--on-bad-row dead-letter/);
    const aside = ['--format', 'parquet', '--on-bad-row', 'dead-letter'];
    const second = await edit('mixed.jsonl', '-o', 'failed-2', ...aside);
    expect(second.code).toBe(3);
    expect(second.stderr).toMatch(
      /mixed\.jsonl: no type holds .*"v": in row 0 .* in row 1 a string/,
    );
    expect(second.stdout).toMatch(/ 0 tokens/);
  });

  test('without another format it is refused', async () => {
    const { code, stderr } = await edit('mixed.jsonl', '-o', 'refused', '--json-fields', 'text');
    expect(code).toBe(2);
    expect(stderr).toMatch(/jsonFields is text: .*choose format parquet or arrow/);
  });

  test('asked for, mixed types become text and whole lines stay', async () => {
    const aside = ['--on-bad-row', 'dead-letter', '--max-dead-letters', '1', '--format', 'parquet'];
    await edit('mixed.jsonl', '-o', 'text', ...aside, '--json-fields', 'text');
    expect(await query(`SELECT v FROM '${at('text/mixed.parquet')}'`)).toEqual([
      { v: '1' },
      { v: 'x' },
    ]);
    await edit('mixed.jsonl', '-o', 'line', '--format', 'parquet', '--json-fields', 'line');
    const kept = await query(`SELECT decode(line) l FROM '${at('line/mixed.parquet')}'`);
    expect(kept[2]).toEqual({ l: 'no JSON\n' });
  });
});
