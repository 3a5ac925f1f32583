import {
  chmodSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import {
  findInputChange,
  fingerprintFile,
  wholeFileBytes,
} from '#toedit/src/run/manifest/plan-tasks';

const directory = mkdtempSync(join(tmpdir(), 'toedit-input-change-'));
afterAll(() => rmSync(directory, { recursive: true }));

const path = join(directory, 'input');
beforeEach(() => writeFileSync(path, 'content'));

async function planned() {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return {
    path,
    bytes: Number(size),
    modifiedNs: String(mtimeNs),
    fingerprint: await fingerprintFile(path),
  };
}

test('a file as it was, touched, or written again with the same content', async () => {
  const task = await planned();
  expect(await findInputChange(task)).toBeNull();
  utimesSync(path, 1000, 1000);
  expect(await findInputChange(task)).toBeNull();
  rmSync(path);
  writeFileSync(path, 'content');
  expect(await findInputChange(task)).toBeNull();
});

test('the same size and time are taken for the same content, without reading it', async () => {
  utimesSync(path, 1000, 1000);
  const task = await planned();
  writeFileSync(path, 'CONTENT');
  utimesSync(path, 1000, 1000);
  expect(await findInputChange(task)).toBeNull();
});

test('other content of the same size', async () => {
  const task = await planned();
  writeFileSync(path, 'CONTENT');
  utimesSync(path, 1000, 1000);
  const is = await fingerprintFile(path);
  expect(await findInputChange(task)).toEqual({ kind: 'content', was: task.fingerprint, is });
});

test('a large file that was touched may have changed', async () => {
  truncateSync(path, wholeFileBytes + 1);
  const task = await planned();
  expect(await findInputChange(task)).toBeNull();
  utimesSync(path, 1000, 1000);
  expect(await findInputChange(task)).toMatchObject({ kind: 'content', was: task.fingerprint });
});

test('another size', async () => {
  const task = await planned();
  writeFileSync(path, 'contents');
  const change = { kind: 'size', was: '7 bytes', is: '8 bytes' };
  expect(await findInputChange(task)).toEqual(change);
});

test('a file that is gone, or whose directory is none now', async () => {
  const task = await planned();
  const gone = { kind: 'gone', was: 'there', is: 'gone' };
  expect(await findInputChange({ ...task, path: join(path, 'below') })).toEqual(gone);
  rmSync(path);
  expect(await findInputChange(task)).toEqual(gone);
});

test('one that was unreadable when it was planned', async () => {
  const task = { ...(await planned()), fingerprint: null };
  expect(await findInputChange(task)).toBeNull();
  utimesSync(path, 1000, 1000);
  expect(await findInputChange(task)).toMatchObject({ kind: 'content', was: 'unreadable' });
});

test.skipIf(process.getuid?.() === 0)('one that may not be read any more', async () => {
  const task = await planned();
  utimesSync(path, 1000, 1000);
  chmodSync(path, 0);
  expect(await findInputChange(task)).toMatchObject({
    kind: 'unreadable',
    is: expect.stringContaining('EACCES') as string,
  });
});
