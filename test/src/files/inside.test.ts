import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { isWithin, realPathOf, requireWithin, staysBelow } from '#toedit/src/files/inside';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'toedit-inside-')));
mkdirSync(join(directory, 'root'));
mkdirSync(join(directory, 'other'));
symlinkSync('../other', join(directory, 'root/out'));
symlinkSync('.', join(directory, 'root/here'));
afterAll(() => rmSync(directory, { recursive: true }));

const name = fc.constantFrom('a', 'b.jsonl', '..', '.', '', 'é', 'a\0b', '...');

test('what stays below a directory does, joined to any', () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
      const path = names.join('/');
      const isPlain = names.every((each) => !['', '.', '..', 'a\0b'].includes(each));
      expect(staysBelow(path)).toBe(isPlain);
      if (isPlain) expect(isWithin('/root', join('/root', path))).toBe(true);
    }),
  );
});

test('a sibling whose name begins alike is not within', () => {
  expect(isWithin('/root', '/root-2/a')).toBe(false);
  expect(isWithin('/', '/root')).toBe(true);
});

test('real paths follow links, and keep names that are not there', async () => {
  expect(await realPathOf(join(directory, 'root/out/new/file'))).toBe(
    join(directory, 'other/new/file'),
  );
  expect(await realPathOf(join(directory, 'root/here/here/new'))).toBe(join(directory, 'root/new'));
});

test('a path that a link leads out of the directory is refused', async () => {
  const root = join(directory, 'root');
  await requireWithin(root, join(root, 'here/new/file'));
  await expect(requireWithin(root, join(root, 'out/file'))).rejects.toMatchObject({
    code: 'OUTPUT_EXISTS',
    message: expect.stringContaining(join(directory, 'other')) as string,
  });
});
