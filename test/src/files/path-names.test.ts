import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { nameOfBytes, problemOfPath } from '#toedit/src/files/path-names';

const directory = mkdtempSync(join(tmpdir(), 'toedit-names-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('UTF-8 is kept, and names of other bytes differ where the bytes do', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(nameOfBytes(Buffer.from(name))).toBe(Buffer.from(name).toString());
    }),
  );
  const bytes = fc.uint8Array({ maxLength: 6 }).filter((all) => !all.includes(0x5c));
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      const isSame = Buffer.compare(one, other) === 0;
      expect(nameOfBytes(one) === nameOfBytes(other)).toBe(isSame);
    }),
  );
  expect(nameOfBytes(Buffer.from('café/é\xe9\xff\xed\xa0\x80', 'latin1'))).toBe(
    'caf\\xe9/\\xe9\\xe9\\xff\\xed\\xa0\\x80',
  );
});

const part = fc.oneof(
  fc.constantFrom('', '.', '..', 'a', '.toedit', 'x'.repeat(255), 'é'.repeat(128), 'C:x', 'a\\b'),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/'));

test('a path without a problem is one that a file below a directory can have', () => {
  let count = 0;
  fc.assert(
    fc.property(path, (name) => {
      fc.pre(problemOfPath(name) === null);
      const base = join(directory, String(count++));
      const file = join(base, name);
      expect(file.startsWith(`${base}/`)).toBe(true);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
    }),
  );
});

test.each([
  ['', 'empty'],
  ['a\0.jsonl', 'NUL'],
  ['../x', 'leads out'],
  ['a/../x', 'leads out'],
  ['/x', 'leads out'],
  ['C:x', 'leads out'],
  ['a\\b', 'leads out'],
  ['.', 'that of a directory'],
  ['a/', 'that of a directory'],
  ['a/.', 'that of a directory'],
  [`a/${'é'.repeat(128)}`, 'a name of 256 bytes'],
  ['a/'.repeat(2500) + 'b', 'a path of 5001 bytes'],
])('%j has a problem: %s', (name, problem) => {
  expect(problemOfPath(name)).toContain(problem);
});

test.each(['a', './a', 'a//b', '...', 'a/..b', 'x'.repeat(255)])('%j has none', (name) => {
  expect(problemOfPath(name)).toBeNull();
});
