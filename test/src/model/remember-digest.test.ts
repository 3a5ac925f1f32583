import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOfFile, leastBytes } from '#toedit/src/model/remember-digest';
import { root } from '../../sandbox.ts';

let directory: string;
let file: string;
let cache: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-digest-'));
  file = join(directory, 'file');
  cache = join(directory, 'cache');
  writeOld(file, 'one');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** A file that was not written just now. */
function writeOld(path: string, content: string): void {
  writeFileSync(path, content);
  utimesSync(path, 1000, 1000);
}

const digestOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

/** Longer than the file system's times are coarse. */
const tick = () => sleep(20);

describe.each([
  ['small', 0],
  ['large', leastBytes],
])('a %s file', (_, bytes) => {
  const extend = (path: string): void => {
    if (bytes > 0) truncateSync(path, bytes);
    utimesSync(path, 1000, 1000);
  };
  const changes: readonly (readonly [string, () => void])[] = [
    ['written again at the same length', () => writeFileSync(file, 'two', { flag: 'r+' })],
    [
      'written again with its old modification time',
      () => {
        writeFileSync(file, 'two', { flag: 'r+' });
        utimesSync(file, 1000, 1000);
      },
    ],
    [
      'replaced by one of its size and time',
      () => {
        writeOld(`${file}.new`, 'two');
        extend(`${file}.new`);
        renameSync(`${file}.new`, file);
      },
    ],
  ];

  test.each(changes)('is hashed anew where it was %s', async (_name, change) => {
    extend(file);
    const before = digestOf(file);
    expect(await digestOfFile(file, cache)).toBe(before);
    await tick();
    change();
    expect(digestOf(file)).not.toBe(before);
    expect(await digestOfFile(file, cache)).toBe(digestOf(file));
  });
});

describe('a large file', () => {
  const remembered = (): string[] =>
    existsSync(join(cache, 'digests')) ? readdirSync(join(cache, 'digests')) : [];
  beforeEach(() => {
    truncateSync(file, leastBytes);
    utimesSync(file, 1000, 1000);
  });

  /** What a process says that begins with what others have remembered. */
  async function anotherProcess(): Promise<string> {
    const module = pathToFileURL(join(root, 'dist/src/model/remember-digest.js'));
    module.searchParams.set('process', randomUUID());
    const { digestOfFile: ask } = (await import(/* @vite-ignore */ module.href)) as {
      readonly digestOfFile: typeof digestOfFile;
    };
    return ask(file, cache);
  }

  /** Makes what is remembered a lie, so that it shows where it is believed. */
  function falsify(): string {
    const [name = ''] = remembered();
    const path = join(cache, 'digests', name);
    const lie = 'ab'.repeat(32);
    const entry = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    writeFileSync(path, JSON.stringify({ ...entry, sha256: lie }));
    return lie;
  }

  test('is remembered for other processes, a hard link to it or not', async () => {
    await digestOfFile(file, cache);
    expect(remembered()).toHaveLength(1);
    const lie = falsify();
    expect(await anotherProcess()).toBe(lie);
    await tick();
    linkSync(file, join(directory, 'link'));
    expect(await anotherProcess()).toBe(lie);
  });

  test('is hashed where it has changed since, or what is remembered is no digest', async () => {
    await digestOfFile(file, cache);
    falsify();
    await tick();
    writeFileSync(file, 'two', { flag: 'r+' });
    utimesSync(file, 1000, 1000);
    expect(await anotherProcess()).toBe(digestOf(file));
    for (const content of ['', 'null', '{"sha256":7}', '[]']) {
      for (const name of remembered()) writeFileSync(join(cache, 'digests', name), content);
      expect(await anotherProcess()).toBe(digestOf(file));
    }
  });

  test('is remembered by two at once, and leaves nothing else behind', async () => {
    const digests = await Promise.all(Array.from({ length: 4 }, anotherProcess));
    expect(new Set(digests)).toEqual(new Set([digestOf(file)]));
    expect(remembered()).toHaveLength(1);
    expect(remembered()[0]).toMatch(/^[0-9a-f]{32}\.json$/u);
  });

  test('is not remembered where it was written just now, nor where nothing can be kept', async () => {
    utimesSync(file, new Date(), new Date());
    expect(await digestOfFile(file, cache)).toBe(digestOf(file));
    expect(remembered()).toEqual([]);
    utimesSync(file, 1000, 1000);
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, 'digests'), 'no directory');
    expect(await anotherProcess()).toBe(digestOf(file));
  });
});

test('a failure is not remembered', async () => {
  const absent = join(directory, 'absent');
  await expect(digestOfFile(absent, cache)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  writeOld(absent, 'here');
  expect(await digestOfFile(absent, cache)).toBe(digestOf(absent));
});
