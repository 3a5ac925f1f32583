import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EditCorpusOptions, editCorpus, exportLedger, revertCorpus } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../duckdb.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-places-'));
afterAll(() => rm(directory, { recursive: true }));

const sentence = 'Once upon a time there was a little girl who loved to play in the park. ';
const textOf = (at: number): string => `${sentence.slice(at % 40)}${sentence}${String(at % 7)}`;
/** Changes many tokens. */
const rule = { threshold: 0.1, excludeOriginal: true, threads: 1 } as const;

let runs = 0;
const newOutput = (): string => join(directory, `out-${String(runs++)}`);

async function edit(
  options: Partial<EditCorpusOptions> & Pick<EditCorpusOptions, 'inputs'>,
): Promise<string> {
  const output = newOutput();
  const summary = await editCorpus({ output, ...rule, ...options });
  expect(summary.files.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(summary.changed).toBeGreaterThan(10);
  return output;
}

describe('keys', () => {
  const same = join(directory, 'same.jsonl');
  const edited = async (options: Partial<EditCorpusOptions>): Promise<Record<string, string>[]> => {
    const output = await edit({
      inputs: [same],
      textColumn: ['a', 'b'],
      ...options,
    });
    const lines = (await readFile(join(output, 'same.jsonl'), 'utf8')).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, string>);
  };
  beforeAll(() => {
    const text = sentence.repeat(8);
    writeFileSync(same, [1, 2].map((id) => JSON.stringify({ id, a: text, b: text })).join('\n'));
  });

  test('equal texts draw equally in different places', async () => {
    for (const { a, b } of await edited({})) expect(a).toBe(b);
  });

  test('unless the places are asked for: rows still draw equally', async () => {
    const [one, other] = await edited({ keyPlaces: true });
    expect(one?.['a']).not.toBe(one?.['b']);
    expect([one?.['a'], one?.['b']]).toEqual([other?.['a'], other?.['b']]);
  });

  test('a key column tells rows apart, and then places, too', async () => {
    const found = await edited({ keyColumn: 'id' });
    expect(new Set(found.flatMap(({ a, b }) => [a, b])).size).toBe(4);
  });
});

describe('rows that cannot be edited', () => {
  const bad = join(directory, 'bad.jsonl');
  const lines = [
    { a: textOf(1), b: textOf(2) },
    { a: textOf(3), b: 7 },
    { b: null },
    { a: null, b: textOf(4) },
  ].map((line) => JSON.stringify(line));
  const options = { inputs: [bad], textColumn: ['a', 'b'] };
  beforeAll(() => writeFileSync(bad, `${[...lines, 'no JSON', textOf(9).repeat(1)].join('\n')}\n`));

  test('are set aside whole, and the others are taken back', async () => {
    const output = await edit({ ...options, onBadRow: 'dead-letter' });
    const dead = await readFile(join(output, '.dead-letters/bad.jsonl'), 'utf8');
    const reasons = dead
      .trimEnd()
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line) as object);
    expect(reasons).toMatchObject([
      { a: textOf(3), b: 7, dead_letter_reason: 'not_text', dead_letter_row: 1 },
      { dead_letter_reason: 'null_text', dead_letter_row: 2 },
    ]);
    expect((await readFile(join(output, 'bad.jsonl'), 'utf8')).split('\n').length).toBe(3);
    const ledger = join(newOutput(), 'ledger.parquet');
    mkdirSync(join(ledger, '..'));
    await exportLedger({ edited: output, output: ledger });
    const found = await query(
      `SELECT DISTINCT row::INT r, output_row::INT o FROM '${ledger}' ORDER BY 1`,
    );
    expect(found).toEqual([
      { r: 0, o: 0 },
      { r: 3, o: 1 },
    ]);
    const back = newOutput();
    await revertCorpus({ edited: output, output: back, ledger });
    expect(await readFile(join(back, 'bad.jsonl'), 'utf8')).toBe(
      `${String(lines[0])}\n${String(lines[3])}\n`,
    );
  });

  test('pass, and their other texts are edited', async () => {
    const output = await edit(options);
    const found = (await readFile(join(output, 'bad.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(found[1] ?? '')).toMatchObject({ b: 7 });
    expect(found[1]).not.toBe(lines[1]);
    expect(found.slice(4)).toEqual(['no JSON', textOf(9), '']);
  });

  test('of a Parquet file are set aside, too', async () => {
    const input = join(directory, 'nulls.parquet');
    await query(
      `COPY (SELECT i AS id, CASE WHEN i % 3 > 0 THEN '${textOf(4)}' END AS a, CASE WHEN i % 3 > 1 THEN ['${textOf(5)}', NULL] END AS b FROM range(9) t(i)) TO '${input}' (FORMAT parquet)`,
    );
    const output = await edit({
      ...options,
      inputs: [input],
      textColumn: ['a', 'b[]'],
      onBadRow: 'dead-letter',
    });
    const ids = async (path: string) =>
      (await query(`SELECT id::INT id FROM '${path}' ORDER BY 1`)).map(({ id }) => id);
    expect(await ids(join(output, 'nulls.parquet'))).toEqual([1, 2, 4, 5, 7, 8]);
    expect(await ids(join(output, '.dead-letters/nulls.parquet'))).toEqual([0, 3, 6]);
  });
});
