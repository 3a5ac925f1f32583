import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asTaken, isRemoved, untouchedTask } from '#toedit/src/run/ledger/fold-ledger';
import { openLedger } from '#toedit/src/run/ledger/ledger';
import { readLedgers } from '#toedit/src/run/ledger/read-ledgers';
import { resetFailed } from '#toedit/src/run/ledger/reset-failed';
import type { Task } from '#toedit/src/run/manifest/manifest';
import { findInputChange } from '#toedit/src/run/manifest/plan-tasks';
import type { RunPaths } from '#toedit/src/run/run-paths';
import { sampleTask } from '../../pipelines/sample-run.ts';
import { bareRun } from './bare-run.ts';
import { doneOutput, entryOf, failedOutput } from './sample-entries.ts';

let directory = '';
let paths: RunPaths;
let tasks: readonly Task[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-reset-'));
  paths = bareRun(directory);
  tasks = [0, 1, 2, 3, 4, 5].map(planned);
  await writeFile(join(directory, 'there'), '');
  await using ledger = openLedger(paths, 'one');
  await ledger.append(entryOf(0, { outputs: [there('a')] }));
  await ledger.append(entryOf(1, { attempt: 2, status: 'failed', outputs: [failedOutput('b')] }));
  await ledger.append(entryOf(2, { outputs: [there('c'), doneOutput('d')] }));
  await ledger.append(entryOf(3, { status: 'failed', retryable: true, outputs: [there('e')] }));
  await ledger.append(entryOf(4, { outputs: [{ ...there('f'), deadLetterFile: '/gone' }] }));
  await ledger.append(entryOf(5, { status: 'running', outputs: [there('g')] }));
});
afterEach(() => rm(directory, { recursive: true }));

/** Task 1, 3: with an input that is as it was planned; the others' are not looked at. */
const planned = (index: number): Task => {
  const path = join(directory, `in-${String(index)}.jsonl`);
  if (!existsSync(path)) writeFileSync(path, '{"text":"a"}\n');
  const { size, mtimeNs } = statSync(path, { bigint: true });
  const facts = { path, bytes: Number(size), modifiedNs: String(mtimeNs) };
  return sampleTask(index, { ...facts, fingerprint: sha256(path) });
};
const sha256 = (path: string): string =>
  `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;

const there = (input: string) => doneOutput(input, { output: join(directory, 'there') });

test('begins another attempt at what failed or is gone, with what is there', async () => {
  const before = await readLedgers(paths);
  expect(await resetFailed(paths, tasks)).toEqual([1, 2, 3, 4]);
  const states = await readLedgers(paths);
  expect(states.get(0)).toEqual(before.get(0));
  expect(states.get(5)).toEqual(before.get(5));
  const pending = { status: 'pending', retryable: false, input: null };
  expect(states.get(1)).toEqual({ ...pending, attempt: 3, outputs: [] });
  expect(states.get(2)).toEqual({ ...pending, attempt: 1, outputs: [there('c')] });
  expect(states.get(3)).toEqual({ ...pending, attempt: 1, outputs: [there('e')] });
  expect(states.get(4)).toEqual({ ...pending, attempt: 1, outputs: [] });
  expect(await resetFailed(paths, tasks)).toEqual([]);
});

test('looks at no other tasks than those it is given', async () => {
  expect(await resetFailed(paths, [planned(0), planned(2), planned(7)])).toEqual([2]);
  expect((await readLedgers(paths)).get(1)?.status).toBe('failed');
});

test('two that do it at once begin one attempt', async () => {
  await Promise.all([resetFailed(paths, tasks), resetFailed(paths, tasks)]);
  expect((await readLedgers(paths)).get(1)).toMatchObject({ status: 'pending', attempt: 3 });
});

describe('the input of a failed task', () => {
  const input = (index: number): string => tasks[index]?.path ?? '';
  const stateOf = async (index: number) => (await readLedgers(paths)).get(index) ?? untouchedTask;
  const taken = async (index: number): Promise<Task> =>
    asTaken(tasks[index] ?? planned(index), await stateOf(index));

  test('that was repaired is taken as it is now, without what was done of the other', async () => {
    writeFileSync(input(3), '{"text":"repaired"}\n');
    await resetFailed(paths, tasks);
    const facts = { bytes: 20, fingerprint: sha256(input(3)), format: { kind: 'jsonl' } };
    expect(await stateOf(3)).toMatchObject({ status: 'pending', outputs: [], input: facts });
    expect(await taken(3)).toMatchObject({ ...facts, index: 3, path: input(3) });
    expect(await findInputChange(await taken(3))).toBeNull();
    expect((await stateOf(1)).input).toBeNull();
  });

  test('stays as it was taken, whatever comes after', async () => {
    writeFileSync(input(1), '{"text":"repaired"}\n');
    await resetFailed(paths, tasks);
    const { input: facts } = await stateOf(1);
    await using ledger = openLedger(paths, 'two');
    await ledger.append(
      entryOf(1, { attempt: 3, outputs: [doneOutput('b', { output: '/gone' })] }),
    );
    await resetFailed(paths, tasks);
    expect(await stateOf(1)).toEqual({
      ...{ status: 'pending', attempt: 4, retryable: false },
      ...{ outputs: [], input: facts },
    });
  });

  test('that was removed is left out, and what was done stays', async () => {
    rmSync(input(1));
    rmSync(input(3));
    expect(await resetFailed(paths, tasks)).toEqual([1, 2, 3, 4]);
    for (const [index, done] of [
      [1, []],
      [3, [there('e')]],
    ] as const) {
      const state = await stateOf(index);
      const removed = { input: input(index), status: 'skipped', error: { code: 'REMOVED' } };
      expect(state).toMatchObject({ status: 'done', outputs: [...done, removed] });
      expect(isRemoved(state)).toBe(true);
    }
    expect(await resetFailed(paths, tasks)).toEqual([]);
  });

  test('that was removed and is back is worked on again', async () => {
    rmSync(input(1));
    await resetFailed(paths, tasks);
    writeFileSync(input(1), '{"text":"back"}\n');
    expect(await resetFailed(paths, tasks)).toEqual([1]);
    expect(await stateOf(1)).toMatchObject({
      status: 'pending',
      outputs: [],
      input: { bytes: 16 },
    });
  });
});
