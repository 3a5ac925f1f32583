import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commitFile } from '#toedit/src/files/commit-file';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-commit-'));
});
afterEach(() => rm(directory, { recursive: true }));

const fill = (text: string) => async (temporaryPath: string) => {
  await writeFile(temporaryPath, text);
  return text.length;
};

test('makes the parent directory, gives the result, leaves the file alone', async () => {
  const path = join(directory, 'a/b/c.txt');
  expect(await commitFile(path, {}, fill('four'))).toBe(4);
  expect(await readFile(path, 'utf8')).toBe('four');
  expect(await readdir(join(directory, 'a/b'))).toEqual(['c.txt']);
});

test('writes beside the final path, under a hidden name', async () => {
  const path = join(directory, 'out.parquet');
  await commitFile(path, {}, async (temporaryPath) => {
    expect(temporaryPath).toMatch(/\/\.out\.parquet\.[0-9a-f]{12}\.part$/);
    expect(temporaryPath.startsWith(directory)).toBe(true);
    await writeFile(temporaryPath, '');
  });
});

test('refuses an existing path before writing, replaces it when asked', async () => {
  const path = join(directory, 'x');
  await writeFile(path, 'old');
  let called = false;
  const refused = commitFile(path, {}, async () => {
    called = true;
  });
  await expect(refused).rejects.toMatchObject({ code: 'OUTPUT_EXISTS', place: { file: path } });
  expect(called).toBe(false);
  await commitFile(path, { overwrite: true }, fill('new'));
  expect(await readFile(path, 'utf8')).toBe('new');
});

test('refuses a path that came into being while writing', async () => {
  const path = join(directory, 'x');
  const raced = commitFile(path, {}, async (temporaryPath) => {
    await writeFile(temporaryPath, 'mine');
    await writeFile(path, 'theirs');
  });
  await expect(raced).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(await readFile(path, 'utf8')).toBe('theirs');
  expect(await readdir(directory)).toEqual(['x']);
});

test('removes the hidden file on failure and passes the error through', async () => {
  const failure = new Error('source broke');
  const failed = commitFile(join(directory, 'x'), {}, async (temporaryPath) => {
    await writeFile(temporaryPath, 'half');
    throw failure;
  });
  await expect(failed).rejects.toBe(failure);
  expect(await readdir(directory)).toEqual([]);
});

test('an abort while writing leaves nothing', async () => {
  const controller = new AbortController();
  const aborted = commitFile(join(directory, 'x'), { signal: controller.signal }, async (path) => {
    await writeFile(path, 'whole');
    controller.abort();
  });
  await expect(aborted).rejects.toHaveProperty('name', 'AbortError');
  expect(await readdir(directory)).toEqual([]);
});

test('a refusal of the file system names the file', async () => {
  await writeFile(join(directory, 'file'), '');
  const path = join(directory, 'file/x');
  await expect(commitFile(path, {}, fill(''))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  await mkdir(join(directory, 'taken/full'), { recursive: true });
  const onto = commitFile(join(directory, 'taken'), { overwrite: true }, fill(''));
  await expect(onto).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  expect(await readdir(directory)).toEqual(['file', 'taken']);
});
