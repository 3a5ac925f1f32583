import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { whileUnchanged } from '#toedit/src/files/read-bytes';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-while-unchanged-'));
  file = join(directory, 'file');
  writeFileSync(file, 'one');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function countingReader() {
  const read: string[] = [];
  const contentOf = whileUnchanged((path) => {
    read.push(path);
    return Promise.resolve().then(() => readFileSync(path, 'utf8'));
  });
  return { read, contentOf };
}

/** Longer than the file system's times are coarse. */
const tick = () => sleep(20);

test('reads a file once, whoever asks and however often', async () => {
  const { read, contentOf } = countingReader();
  const asked = [contentOf(file), contentOf(file)];
  expect(await Promise.all(asked)).toEqual(['one', 'one']);
  expect(await contentOf(join(directory, '.', 'file'))).toBe('one');
  expect(read).toHaveLength(1);
});

test.each([
  ['written again at the same length', () => writeFileSync(file, 'two')],
  [
    'written again with its old modification time',
    () => {
      writeFileSync(file, 'two');
      utimesSync(file, 1000, 1000);
    },
  ],
  [
    'replaced',
    () => {
      writeFileSync(`${file}.new`, 'two');
      utimesSync(`${file}.new`, 1000, 1000);
      renameSync(`${file}.new`, file);
    },
  ],
])('reads a file anew that was %s', async (_, change) => {
  utimesSync(file, 1000, 1000);
  const { contentOf } = countingReader();
  expect(await contentOf(file)).toBe('one');
  await tick();
  change();
  expect(await contentOf(file)).toBe('two');
});

test('a failure is not remembered', async () => {
  let isDown = true;
  const contentOf = whileUnchanged(() =>
    isDown ? Promise.reject(new Error('down')) : Promise.resolve('up'),
  );
  await expect(contentOf(file)).rejects.toThrow('down');
  isDown = false;
  expect(await contentOf(file)).toBe('up');
  rmSync(file);
  isDown = true;
  await expect(contentOf(file)).rejects.toThrow('down');
});
