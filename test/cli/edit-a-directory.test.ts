import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSandbox, type Sandbox } from '../sandbox.ts';
import { runToedit } from './run-toedit.ts';

let sandbox: Sandbox;
let directory: string;
beforeAll(async () => {
  sandbox = await makeSandbox();
  ({ directory } = sandbox);
});
afterAll(() => sandbox[Symbol.dispose]());

test('edits a directory, shows a summary, and mirrors the inputs', async () => {
  const { code, stdout, stderr } = await runToedit(['edit', 'corpus/', '-o', 'edited'], directory);
  // On a slow machine there are lines of progress.
  expect(stderr).not.toContain('toedit:');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^done in .*: 2 files, 3 rows, /);
  expect(stdout).toContain('paper: P >= 0.99 redrawn from top 8, seed 0');
  expect(readdirSync(join(directory, 'edited')).sort()).toEqual([
    '.toedit',
    'books.parquet',
    'devils-dictionary.jsonl.gz',
  ]);
});
