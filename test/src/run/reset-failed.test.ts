import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLedger } from '#toedit/src/run/ledger/ledger';
import { readLedgers } from '#toedit/src/run/ledger/read-ledgers';
import { resetFailed } from '#toedit/src/run/ledger/reset-failed';
import { type RunPaths, runPaths } from '#toedit/src/run/run-paths';
import { doneUnit, entryOf, failedUnit } from './sample-entries.ts';

let directory = '';
let paths: RunPaths;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-reset-'));
  paths = runPaths(directory);
  await writeFile(join(directory, 'there'), '');
  await using ledger = openLedger(paths, 'one');
  await ledger.append(entryOf(0, { units: [there('a')] }));
  await ledger.append(entryOf(1, { attempt: 2, status: 'failed', units: [failedUnit('b')] }));
  await ledger.append(entryOf(2, { units: [there('c'), doneUnit('d')] }));
  await ledger.append(entryOf(3, { status: 'failed', retryable: true, units: [there('e')] }));
  await ledger.append(entryOf(4, { units: [{ ...there('f'), deadLetterFile: '/gone' }] }));
  await ledger.append(entryOf(5, { status: 'running', units: [there('g')] }));
});
afterEach(() => rm(directory, { recursive: true }));

const there = (input: string) => doneUnit(input, { output: join(directory, 'there') });

test('begins another attempt at what failed or is gone, with what is there', async () => {
  const before = await readLedgers(paths);
  expect(await resetFailed(paths)).toEqual([1, 2, 3, 4]);
  const states = await readLedgers(paths);
  expect(states.get(0)).toEqual(before.get(0));
  expect(states.get(5)).toEqual(before.get(5));
  const pending = { status: 'pending', retryable: false };
  expect(states.get(1)).toEqual({ ...pending, attempt: 3, units: [] });
  expect(states.get(2)).toEqual({ ...pending, attempt: 1, units: [there('c')] });
  expect(states.get(3)).toEqual({ ...pending, attempt: 1, units: [there('e')] });
  expect(states.get(4)).toEqual({ ...pending, attempt: 1, units: [] });
  expect(await resetFailed(paths)).toEqual([]);
});

test('looks at no other tasks than those it is given', async () => {
  expect(await resetFailed(paths, { tasks: [0, 2, 7] })).toEqual([2]);
  expect((await readLedgers(paths)).get(1)?.status).toBe('failed');
});

test('two that do it at once begin one attempt', async () => {
  await Promise.all([resetFailed(paths), resetFailed(paths)]);
  expect((await readLedgers(paths)).get(1)).toMatchObject({ status: 'pending', attempt: 3 });
});
