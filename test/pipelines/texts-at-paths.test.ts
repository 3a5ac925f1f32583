import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyseCorpus } from '#toedit/pipelines/analyse-corpus';
import { selectDsirCorpus } from '#toedit/pipelines/select-dsir';

const directory = mkdtempSync(join(tmpdir(), 'toedit-paths-'));
const texts = Array.from({ length: 20 }, (_, at) =>
  at % 6 === 5 ? null : `The ${'old '.repeat(at % 4)}man and the sea ${String(at % 5)}`,
);
const place = (name: string): string => join(directory, name);
// What is drawn for a row depends on the name of its file.
const keep = (name: string, rows: readonly unknown[]): void => {
  mkdirSync(join(place(name), '..'));
  writeFileSync(place(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
};
beforeAll(() => {
  keep(
    'flat/a.jsonl',
    texts.map((text) => ({ text })),
  );
  keep(
    'nested/a.jsonl',
    texts.map((body) => ({ meta: { body } })),
  );
  keep('lists/a.jsonl', [{ turns: texts.map((content) => ({ content })) }]);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const measured = async (name: string, textColumn: string): Promise<unknown> => {
  const [set] = (
    await analyseCorpus({ sets: [{ name, inputs: [place(`${name}/a.jsonl`)] }], textColumn })
  ).sets;
  return set?.features;
};

test('texts at paths are measured as those of a column', async () => {
  const flat = await measured('flat', 'text');
  expect(flat).toBeDefined();
  expect(await measured('nested', 'meta.body')).toEqual(flat);
  expect(await measured('lists', 'turns[].content')).toEqual(flat);
});

test('they cannot be grouped by a column', async () => {
  const sets = [{ name: 'a', inputs: [place('nested/a.jsonl')] }];
  await expect(
    analyseCorpus({ sets, textColumn: 'meta.body', groupBy: 'id' }),
  ).rejects.toMatchObject({ code: 'BAD_OPTION' });
});

test('rows are selected by the text at a path as by a column, and not by several', async () => {
  const select = async (name: string, textColumn: string, rows = 6) => {
    const [path, output] = [place(`${name}/a.jsonl`), place(`out-${name}`)];
    const report = await selectDsirCorpus({
      target: [path],
      from: [path],
      rows,
      textColumn,
      output,
    });
    const lines = readFileSync(join(output, 'a.jsonl'), 'utf8').trimEnd().split('\n');
    return { ...report, files: [], lines };
  };
  const { lines: flat, ...report } = await select('flat', 'text');
  const { lines: nested, ...other } = await select('nested', 'meta.body');
  expect(other).toEqual(report);
  expect(nested).toEqual(flat.map((line) => `{"meta":${line.replace('text', 'body')}}`));
  await expect(select('lists', 'turns[].content')).rejects.toMatchObject({ code: 'BAD_OPTION' });
});
