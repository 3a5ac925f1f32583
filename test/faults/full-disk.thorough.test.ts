import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atCommit } from './fault.ts';
import { type FaultSandbox, makeFaultSandbox } from './fault-sandbox.ts';

let sandbox: FaultSandbox;
let disk: string;
beforeAll(async () => {
  sandbox = await makeFaultSandbox();
  disk = join(sandbox.directory, 'disk');
  mkdirSync(disk);
});
afterAll(() => sandbox[Symbol.dispose]());

/** Mounting takes root, which the tests need not run as. */
const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
if (!canMount)
  console.warn('skipped: full and read-only disks (file systems cannot be mounted here)');

const pageBytes = 4096;

/** Fills the disk but for so many pages. */
function fill(pages: number): string {
  const shrink = `truncate -s -${String(pages * pageBytes)} disk/ballast`;
  return `cat /dev/zero >disk/ballast 2>/dev/null; ${shrink}`;
}

async function onDisk(work: () => Promise<void>): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
  try {
    await work();
  } finally {
    execFileSync('umount', [disk]);
  }
}

interface DiskCase {
  readonly where: string;
  /** The commit at which the disk is filled, and how many pages are left on it. */
  readonly commit: number;
  readonly pages: () => number;
  readonly path: string;
  readonly flags?: readonly string[];
}

const failure = (path: string, reason: string) =>
  new RegExp(
    `^toedit: cannot write [^\\n]*/disk/out/${path}: ${reason}[^\\n]*; check the space and the permissions there\\n` +
      'toedit: [^\\n]*run the same command again to continue\\n$',
  );

describe.runIf(canMount)(
  'a full disk ends the run with one line; with space, the same command goes on',
  () => {
    const pagesOf = (file: string): number => Math.ceil(sandbox.expected(file).length / pageBytes);

    test('when planning', () =>
      onDisk(async () => {
        execFileSync('sh', ['-c', fill(0)], { cwd: sandbox.directory });
        const { code, stderr } = await sandbox.edit('disk/out');
        expect(stderr).toMatch(failure('.toedit/manifest.jsonl', 'ENOSPC'));
        expect(code).toBe(1);
        rmSync(join(disk, 'ballast'));
        await sandbox.finish('disk/out');
      }));

    // The first file has three record batches, then the record of its journal's end.
    const state = '\\.toedit/[^/]+/';
    const aPages = () => pagesOf('a.jsonl');
    test.each<DiskCase>([
      { where: 'in the journal', commit: 2, pages: () => 0, path: `${state}journals/\\d+` },
      { where: 'in the output', commit: 4, pages: () => 1, path: 'a\\.jsonl' },
      {
        where: 'in the record of edits',
        ...{ commit: 4, pages: aPages, path: `${state}edits/0000000\\.arrow` },
      },
      {
        where: 'in the ledger',
        ...{ commit: 4, pages: aPages, path: `${state}workers/[^/]*\\.ledger\\.jsonl` },
        flags: ['--no-ledger'],
      },
    ])('$where', ({ commit, pages, path, flags = [] }) =>
      onDisk(async () => {
        const { code, stdout, stderr } = await sandbox.edit(
          'disk/out',
          flags,
          atCommit(commit, fill(pages())),
        );
        expect(stderr).toMatch(failure(path, 'ENOSPC'));
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        rmSync(join(disk, 'ballast'));
        await sandbox.finish('disk/out', flags);
      }),
    );

    test('a read-only disk', () =>
      onDisk(async () => {
        execFileSync('mount', ['-o', 'remount,ro', disk]);
        const { code, stderr } = await sandbox.edit('disk/out');
        expect(stderr).toMatch(
          /^toedit: cannot write [^\n]*disk\/out[^\n]*: EROFS[^\n]*; check [^\n]*\n/,
        );
        expect(code).toBe(1);
        execFileSync('mount', ['-o', 'remount,rw', disk]);
        await sandbox.finish('disk/out');
      }));
  },
);

test('an output directory below a file', async () => {
  const { code, stderr } = await sandbox.edit('corpus/a.jsonl/out');
  expect(stderr).toMatch(/^toedit: output is [^\n]*: ENOTDIR[^\n]*; choose a directory [^\n]*\n/);
  expect(code).toBe(2);
});

test.runIf(process.platform !== 'win32')(
  'files that may not grow so long fail alone, to be tried again',
  async () => {
    const { code, stderr } = await sandbox.edit('limited', [], { fileBlocks: 80 });
    expect(stderr).toMatch(/^toedit: [^\n]*cannot write [^\n]*: EFBIG[^\n]*; check [^\n]*\n/);
    expect(code).toBe(1);
    await sandbox.finish('limited');
  },
);
