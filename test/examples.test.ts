import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from './duckdb.ts';
import { makeSandbox, root, type Sandbox } from './sandbox.ts';

const run = promisify(execFile);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await makeSandbox();
  symlinkSync(join(root, 'models/tiny'), join(sandbox.directory, 'models/tiny'));
});
afterAll(() => sandbox[Symbol.dispose]());

async function runExample(name: string, ...args: string[]): Promise<string> {
  const path = join(root, 'dist/examples', `${name}.js`);
  return (await run(process.execPath, [path, ...args], { cwd: sandbox.directory })).stdout;
}

function ids(path: string): Promise<unknown[]> {
  return query(`SELECT id FROM '${join(sandbox.directory, path)}'`);
}

test('edit-corpus', async () => {
  const stdout = await runExample('edit-corpus', 'corpus', 'edited');
  expect(stdout).toMatch(/^done \/.*\/edited\/books\.parquet$/m);
  expect(stdout).toMatch(/\n\d+ of \d+ tokens changed\n$/);
  expect(await ids('edited/books.parquet')).toEqual(await ids('corpus/books.parquet'));
});

test('compose-operators', async () => {
  const stdout = await runExample('compose-operators', 'corpus/books.parquet', 'composed.parquet');
  expect(stdout).toBe('1 rows written to composed.parquet\n');
  expect(await ids('composed.parquet')).toEqual(await ids('corpus/books.parquet'));
});

test('duckdb-etl', async () => {
  const stdout = await runExample('duckdb-etl', 'corpus/*.parquet', 'loaded.parquet');
  const rows = await query(
    `SELECT id FROM '${join(sandbox.directory, 'corpus/*.parquet')}' WHERE length(text) >= 100`,
  );
  expect(stdout).toBe(`${rows.length} rows written to loaded.parquet\n`);
  expect(await query(`SELECT id FROM '${join(sandbox.directory, 'loaded.parquet')}'`)).toEqual(
    rows,
  );
});
