import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDirectory } from '../run-directory.ts';
import { atCommit } from './fault.ts';
import { type FaultSandbox, makeFaultSandbox } from './fault-sandbox.ts';

/** `a.jsonl` is done, of `b.jsonl` one record batch is committed: the state that is damaged then. */
let sandbox: FaultSandbox;
beforeAll(async () => {
  sandbox = await makeFaultSandbox();
  if (process.platform !== 'linux') return;
  const { code } = await sandbox.edit('killed', [], atCommit(5, 'kill -KILL $PPID'));
  expect(code).toBeNull();
});
afterAll(() => sandbox[Symbol.dispose]());

const onLinux = test.runIf(process.platform === 'linux');

/** A copy of the run, and a path in its state. */
function damaged(name: string): (...path: string[]) => string {
  const { directory } = sandbox;
  cpSync(join(directory, 'killed'), join(directory, name), { recursive: true });
  const own = runDirectory(join(directory, name));
  return (...path) => join(own, ...path);
}

const only = (names: readonly string[], end: string): string =>
  names.find((name) => name.endsWith(end)) ?? `no file ends with ${end}`;

onLinux('a manifest that is cut short is refused, and left alone', async () => {
  const path = damaged('manifest')('..', 'manifest.jsonl');
  const manifest = readFileSync(path);
  truncateSync(path, manifest.length - 20);
  const { code, stdout, stderr } = await sandbox.edit('manifest');
  expect(stderr).toMatch(/^toedit: [^\n]*manifest\.jsonl is damaged: [^\n]*--overwrite[^\n]*\n$/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  writeFileSync(path, manifest);
  await sandbox.finish('manifest');
});

onLinux(
  'a line of a ledger that is damaged is named; without it, its tasks are done anew',
  async () => {
    const state = damaged('ledger');
    const ledger = state('workers', only(readdirSync(state('workers')), '.ledger.jsonl'));
    writeFileSync(ledger, `x${readFileSync(ledger, 'utf8')}`);
    const { code, stderr } = await sandbox.edit('ledger');
    expect(stderr).toMatch(
      /^toedit: [^\n]*ledger\.jsonl: line 1 is damaged: [^\n]*move the file away/,
    );
    expect(code).toBe(3);
    renameSync(ledger, join(sandbox.directory, 'moved-away'));
    await sandbox.finish('ledger');
  },
);

onLinux('a journal directory that is gone: its rows are done anew', async () => {
  const state = damaged('gone');
  rmSync(state('journals'), { recursive: true });
  await sandbox.finish('gone');
});

onLinux.each([0, 0.3, 0.9])(
  'a segment of which %d is left goes on where it is whole',
  async (share) => {
    const name = `torn-${String(share)}`;
    const state = damaged(name);
    const [unit = ''] = readdirSync(state('journals'));
    const segment = state('journals', unit, only(readdirSync(state('journals', unit)), '.arrows'));
    truncateSync(segment, Math.floor(readFileSync(segment).length * share));
    await sandbox.finish(name);
  },
);

onLinux(
  'a claim that cannot be read goes stale',
  async () => {
    const state = damaged('claim');
    const [claim = ''] = readdirSync(state('claims'));
    expect(claim).toMatch(/^\d+\.json$/);
    writeFileSync(state('claims', claim), 'no claim');
    await sandbox.finish('claim');
    expect(existsSync(state('claims', claim))).toBe(false);
  },
  150_000,
);
