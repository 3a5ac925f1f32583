import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { listInputs } from '#toedit/src/files/list-inputs';
import { findInputChange, fingerprintFile, planTasks } from '#toedit/src/run/manifest/plan-tasks';
import { openFiles } from '../../../open-resources.ts';
import { root } from '../../../sandbox.ts';
import { hasSharedData, sharedData } from '../../../shared-data.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-plan-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (path: string) => ({ path, relativePath: `out/${path}`, explicit: true });

test('the sample corpus', async () => {
  const { inputs } = await listInputs([join(root, 'examples/corpus')]);
  const tasks = await planTasks(inputs);
  expect(tasks.map(({ relativePath }) => relativePath)).toEqual(
    inputs.map(({ relativePath }) => relativePath),
  );
  const books = tasks.find(({ relativePath }) => relativePath === 'books.parquet');
  const path = join(root, 'examples/corpus/books.parquet');
  const { size, mtimeNs } = statSync(path, { bigint: true });
  expect(books).toMatchObject({
    path,
    format: { kind: 'parquet', compression: 'none' },
    bytes: Number(size),
    modifiedNs: String(mtimeNs),
    fingerprint: await fingerprintFile(path),
  });
  expect(books?.rows).toBeGreaterThan(0);
  expect(books?.rowGroups).toBeGreaterThan(0);
});

test('many files, in order, with absolute paths', async () => {
  const paths = Array.from({ length: 100 }, (_, i) => join(directory, `${i}.jsonl`));
  paths.forEach((path, i) => {
    writeFileSync(path, '{}\n'.repeat(i + 1));
  });
  const tasks = await planTasks(paths.map((path) => file(relative(process.cwd(), path))));
  expect(tasks.map(({ index }) => index)).toEqual(paths.map((_, i) => i));
  expect(tasks.map(({ path }) => path)).toEqual(paths);
  expect(tasks.map(({ bytes }) => bytes)).toEqual(paths.map((_, i) => 3 * (i + 1)));
  for (const task of tasks) expect(await findInputChange(task)).toBeNull();
  expect(openFiles(directory)).toEqual([]);
});

test('what cannot be told of files that are gone, empty, damaged or none', async () => {
  const path = (name: string) => join(directory, name);
  writeFileSync(path('empty'), '');
  writeFileSync(path('text'), 'plain text');
  writeFileSync(path('cut.parquet'), 'PAR1 and no more');
  mkdirSync(path('directory'));
  const tasks = await planTasks(
    ['gone', 'empty', 'text', 'cut.parquet', 'directory'].map((name) => file(path(name))),
  );
  const parquet = { kind: 'parquet', compression: 'none' };
  expect(tasks.map(({ format }) => format)).toEqual([null, null, null, parquet, null]);
  expect(tasks.map(({ rows }) => rows)).toEqual([null, null, null, null, null]);
  expect(tasks.map(({ fingerprint }) => fingerprint !== null)).toEqual([
    ...[false, true, true, true, false],
  ]);
  expect(tasks[0]).toMatchObject({ bytes: 0, modifiedNs: '0' });
});

test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
  const path = join(directory, 'secret.jsonl');
  writeFileSync(path, '{}\n');
  chmodSync(path, 0);
  const [task] = await planTasks([file(path)]);
  expect(task).toMatchObject({ bytes: 3, format: null, fingerprint: null });
});

test('an abort ends it', async () => {
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await expect(planTasks([file(directory)], { signal })).rejects.toBe(reason);
});

describe.skipIf(!hasSharedData)('corpora', () => {
  test('broken files and whole ones', async () => {
    const { inputs } = await listInputs([sharedData]);
    const tasks = await planTasks(inputs);
    const told = Object.fromEntries(
      tasks.map(({ relativePath, format, rows, rowGroups }) => [
        relativePath,
        [format?.kind ?? null, rows, rowGroups],
      ]),
    );
    expect(told).toMatchObject({
      'books.parquet': ['parquet', 75, 5],
      'no-rows.parquet': ['parquet', 0, expect.any(Number)],
      'tech.arrow': ['arrow-file', null, null],
      'shards.zip': ['zip', null, null],
      'poems.jsonl.gz': ['jsonl', null, null],
      'broken/zero-bytes.parquet': [null, null, null],
      'broken/text.parquet': [null, null, null],
      'broken/no-footer.parquet': ['parquet', null, null],
      'broken/truncated.parquet': ['parquet', null, null],
      'broken/truncated.jsonl.zst': [null, null, null],
    });
  });
});
