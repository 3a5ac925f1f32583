import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { fingerprintFile, wholeFileBytes } from '#toedit/src/run/manifest/plan-tasks';
import { openFiles } from '../../../open-resources.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-fingerprint-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A file with holes, and a few bytes at given places. */
function sparse(name: string, size: number, marks: readonly number[] = []): string {
  const path = join(directory, name);
  const file = openSync(path, 'w');
  for (const mark of marks) writeSync(file, 'x', mark);
  writeSync(file, '\0', size - 1);
  closeSync(file);
  utimesSync(path, 1000, 1000);
  return path;
}

test('of a file up to 64 MiB it is the SHA-256 of its bytes', async () => {
  const path = join(directory, 'small');
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 3000 }),
      fc.integer({ min: 0, max: 2 }),
      async (bytes, repeats) => {
        const content = Buffer.concat(Array.from({ length: repeats * 400 + 1 }, () => bytes));
        writeFileSync(path, content);
        const sha256 = createHash('sha256').update(content).digest('hex');
        expect(await fingerprintFile(path)).toBe(`sha256:${sha256}`);
      },
    ),
    { numRuns: 40 },
  );
  expect(openFiles(directory)).toEqual([]);
});

test('the largest file hashed whole', async () => {
  const path = sparse('whole', wholeFileBytes);
  const sha256 = createHash('sha256').update(Buffer.alloc(wholeFileBytes)).digest('hex');
  expect(await fingerprintFile(path)).toBe(`sha256:${sha256}`);
});

test('above, size, modification time, both ends and what lies between count', async () => {
  const size = 200 * 2 ** 20;
  const plain = await fingerprintFile(sparse('large', size));
  expect(plain).toMatch(/^sampled:[0-9a-f]{64}$/);
  expect(await fingerprintFile(sparse('copy', size))).toBe(plain);
  const last = size - 2 ** 20 - 64 * 1024;
  for (const mark of [0, 2 ** 20 - 1, 2 ** 20, last, size - 2 ** 20, size - 2]) {
    expect(await fingerprintFile(sparse('marked', size, [mark]))).not.toBe(plain);
  }
  expect(await fingerprintFile(sparse('longer', size + 1))).not.toBe(plain);
  utimesSync(join(directory, 'copy'), 1000, 1000.5);
  expect(await fingerprintFile(join(directory, 'copy'))).not.toBe(plain);
});

test.each(['gone', '.'])('%s cannot be read', async (name) => {
  await expect(fingerprintFile(join(directory, name))).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  });
});
