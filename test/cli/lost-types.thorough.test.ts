import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { collect, countedSource } from '../operators/text-batch.ts';
import { makeSandbox, type Sandbox } from '../sandbox.ts';
import { only, typeFixture } from '../src/survival/type-fixtures.ts';
import { runToedit } from './run-toedit.ts';

let sandbox: Sandbox;
let directory: string;
beforeAll(async () => {
  sandbox = await makeSandbox();
  ({ directory } = sandbox);
  mkdirSync(join(directory, 'types'));
  for (const name of ['duckdb-types.parquet', 'parquet-int96.parquet', 'arrow-types.arrow']) {
    copyFileSync(typeFixture(name), join(directory, 'types', name));
  }
  copyFileSync(join(directory, 'corpus/books.parquet'), join(directory, 'types/books.parquet'));
});
afterAll(() => sandbox[Symbol.dispose]());

const edited = async (format: 'parquet' | 'arrow' | 'jsonl') => {
  const output = `as-${format}`;
  const args = ['edit', 'types/', '-o', output, '--format', format];
  const { code, stdout, stderr } = await runToedit(args, directory);
  const files = readdirSync(join(directory, output)).filter((name) => name !== '.toedit');
  return { code, said: stdout + stderr, files: files.sort() };
};

test.each(['arrow', 'jsonl'] as const)('to %s: bad files, others done', async (format) => {
  const { code, said, files } = await edited(format);
  expect(code).toBe(3);
  expect(said).toMatch(/duckdb-types\.parquet: column "interval" is of type INTERVAL.*VARCHAR/);
  expect(said).toMatch(/parquet-int96\.parquet: column "int96" is of type INT96.*TIMESTAMP/);
  const name = format === 'arrow' ? 'arrow-types.arrow' : 'arrow-types.jsonl';
  expect(files).toEqual([name, `books.${format}`]);
});

test('to Parquet: an Arrow file that the writer would hang on is a bad file, others are done', async () => {
  const { code, said, files } = await edited('parquet');
  expect(code).toBe(3);
  expect(said).toMatch(/arrow-types\.arrow: column "date64" is of type .*"month_day_nano"/);
  expect(files).toEqual(['books.parquet', 'duckdb-types.parquet', 'parquet-int96.parquet']);
});

test('views become plain columns of Parquet, and what the format keeps is written', async () => {
  const arrow = await collect(readArrow(typeFixture('arrow-types.arrow')));
  const names = ['text', 'string_view', 'binary_view', 'fixed_list_of_views', 'uuid', 'duration_s'];
  await writeArrow(join(directory, 'views.arrow'))(countedSource(only(arrow, names)).source);
  copyFileSync(typeFixture('parquet-types.parquet'), join(directory, 'kept.parquet'));
  for (const [input, format] of [
    ['views.arrow', 'parquet'],
    ['kept.parquet', 'arrow'],
  ] as const) {
    const args = ['edit', input, '-o', `${format}-of`, '--format', format];
    expect(await runToedit(args, directory)).toMatchObject({ code: 0, stderr: '' });
  }
});

test('a file by itself is a bad file, too, and stays one', async () => {
  const args = ['edit', 'types/parquet-int96.parquet', '-o', 'alone', '--format', 'jsonl'];
  for (let attempt = 0; attempt < 2; attempt++) {
    expect((await runToedit(args, directory)).code).toBe(3);
    expect(existsSync(join(directory, 'alone/parquet-int96.jsonl'))).toBe(false);
  }
});
