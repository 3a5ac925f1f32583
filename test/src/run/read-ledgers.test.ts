import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ledgerPath, openLedger } from '#toedit/src/run/ledger/ledger';
import { ledgerReader, readLedgers } from '#toedit/src/run/ledger/read-ledgers';
import type { RunPaths } from '#toedit/src/run/run-paths';
import { bareRun } from './bare-run.ts';
import { doneOutput, entryOf, failedOutput } from './sample-entries.ts';

let directory = '';
let paths: RunPaths;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-ledger-'));
  paths = bareRun(directory);
});
afterEach(() => rm(directory, { recursive: true }));

test('a run without ledgers has touched nothing', async () => {
  expect(await readLedgers(paths)).toEqual(new Map());
  await using _ = openLedger(paths, 'idle');
  expect(await readLedgers(paths)).toEqual(new Map());
});

test('what workers append, all at once, is read back as it was', async () => {
  for (const worker of ['one', 'two']) {
    await using ledger = openLedger(paths, worker);
    const tasks = worker === 'one' ? [0, 2, 4] : [1, 3];
    await Promise.all(
      tasks.map((task) => ledger.append(entryOf(task, { outputs: [doneOutput(`${task}-é`)] }))),
    );
  }
  const states = await readLedgers(paths);
  expect([...states.keys()].toSorted()).toEqual([0, 1, 2, 3, 4]);
  // Among the totals is an infinity, which JSON has not.
  for (const [task, { outputs }] of states) expect(outputs).toEqual([doneOutput(`${task}-é`)]);
});

test('lines of more than a megabyte are read whole', async () => {
  await using ledger = openLedger(paths, 'one');
  const outputs = Array.from({ length: 5000 }, (_, i) => failedOutput(`member-${i}`));
  await ledger.append(entryOf(0, { outputs }));
  await ledger.append(entryOf(1));
  expect((await readLedgers(paths)).get(0)?.outputs).toEqual(outputs);
});

test('a reader reads on where it was, at whatever byte a line was cut', async () => {
  const reader = ledgerReader(paths);
  const whole = [0, 1, 2].map((task) => `${JSON.stringify(entryOf(task))}\n`);
  const bytes = Buffer.from(whole.join(''));
  for (let at = 0; at < bytes.length; at += 7) {
    await appendFile(ledgerPath(paths, 'one'), bytes.subarray(at, at + 7));
    await Promise.all([reader.update(), reader.update()]);
    const ended =
      bytes
        .subarray(0, at + 7)
        .toString()
        .split('\n').length - 1;
    expect(reader.states().size).toBe(ended);
  }
  expect(reader.states()).toEqual(await readLedgers(paths));
  expect(reader.stateOf(2).status).toBe('done');
  expect(reader.stateOf(3)).toMatchObject({ status: 'pending', attempt: 0, outputs: [] });
});

test('a ledger of another run says nothing', async () => {
  const other = bareRun(directory, 'other-1');
  for (const each of [other, paths]) {
    await using ledger = openLedger(each, each.run);
    await ledger.append(entryOf(each === other ? 0 : 1));
  }
  expect([...(await readLedgers(paths)).keys()]).toEqual([1]);
  await rename(ledgerPath(other, other.run), ledgerPath(paths, other.run));
  expect([...(await readLedgers(paths)).keys()]).toEqual([1]);
});

describe('an entry that was torn', () => {
  test('at any byte is as if it had never been', async () => {
    {
      await using ledger = openLedger(paths, 'one');
      await ledger.append(entryOf(0));
      await ledger.append(entryOf(1, { outputs: [doneOutput('a')] }));
    }
    const path = ledgerPath(paths, 'one');
    const { length } = await readFile(path);
    const first = (await readFile(path, 'utf8')).indexOf('\n') + 1;
    for (let bytes = length - 1; bytes >= first; bytes--) {
      await truncate(path, bytes);
      expect([...(await readLedgers(paths)).keys()]).toEqual([0]);
    }
  });

  test('while its worker went on is overwritten', async () => {
    await using ledger = openLedger(paths, 'one');
    await ledger.append(entryOf(0));
    // What a full disk leaves behind.
    await appendFile(
      ledgerPath(paths, 'one'),
      '{"task":1,"attempt":0,"status":"done","outputs":[{"inp',
    );
    await ledger.append(entryOf(2));
    expect([...(await readLedgers(paths)).keys()]).toEqual([0, 2]);
  });
});

test.each(['{"task":1,"att', '', '\0\0\0\0', '{"task":1}', 'null'])(
  'a line of %j among others is an error that names it',
  async (line) => {
    const file = ledgerPath(paths, 'one');
    await writeFile(
      file,
      `${JSON.stringify(entryOf(0))}\n${line}\n${JSON.stringify(entryOf(2))}\n`,
    );
    await expect(readLedgers(paths)).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      place: { file, line: 2 },
    });
  },
);

test('a ledger that cannot be written is an error, and later may be', async () => {
  await rm(paths.workers, { recursive: true });
  await using ledger = openLedger(paths, 'one');
  await expect(ledger.append(entryOf(0))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  await mkdir(paths.workers);
  await ledger.append(entryOf(1));
  expect([...(await readLedgers(paths)).keys()]).toEqual([1]);
});
