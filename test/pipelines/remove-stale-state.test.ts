import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeStaleState } from '#toedit/pipelines/executor/remove-stale-state';
import { claimTask } from '#toedit/src/run/claims/claim-task';
import { claimant } from '#toedit/src/run/claims/claimant';
import { workerIdentity } from '#toedit/src/run/claims/worker-identity';
import { openLedger } from '#toedit/src/run/ledger/ledger';
import { ledgerReader } from '#toedit/src/run/ledger/read-ledgers';
import type { RunPaths } from '#toedit/src/run/run-paths';
import { doneOutput, entryOf, failedOutput } from '../src/run/sample-entries.ts';
import { makeRun, sampleTask } from './sample-run.ts';

const tasks = [0, 1, 2, 3].map((index) => sampleTask(index));

/** Leaves a journal, a part and a claim of each task, as a worker does that dies. */
async function leaveAll({ journals, parts, ...paths }: RunPaths): Promise<void> {
  const identity = await workerIdentity();
  await mkdir(parts, { recursive: true });
  for (const { index } of tasks) {
    const name = `000000${index}`;
    await mkdir(join(journals, name), { recursive: true });
    await writeFile(join(journals, name, `0-${identity.name}.arrows`), 'rows');
    await writeFile(join(parts, `${name}-${identity.name}.part`), 'half');
    await claimTask(
      { journals, parts, ...paths },
      index,
      // Another process had this id before.
      claimant({ ...identity, startTime: index === 3 ? identity.startTime : '1' }),
    );
  }
}

test('of tasks at their end nothing stays but the journals of failed ones; what is held stays', async () => {
  await using run = await makeRun(tasks);
  const { paths } = run;
  await using ledger = openLedger(paths, 'one');
  const done = (index: number) => doneOutput(`/corpus/part-${index}.jsonl`);
  await ledger.append(entryOf(0, { outputs: [done(0)] }));
  await ledger.append(
    entryOf(1, { status: 'failed', outputs: [failedOutput('/corpus/part-1.jsonl')] }),
  );
  await ledger.append(entryOf(3, { outputs: [done(3)] }));
  await leaveAll(paths);
  const ledgers = ledgerReader(paths);
  await ledgers.update();
  await removeStaleState({ paths, tasks, ledgers });
  expect((await readdir(paths.claims)).sort()).toEqual(['2.json', '3.json']);
  expect((await readdir(paths.journals)).sort()).toEqual(['0000001', '0000002', '0000003']);
  expect((await readdir(paths.parts)).map((name) => name.slice(0, 7)).sort()).toEqual([
    '0000002',
    '0000003',
  ]);
});

test('where nothing was left, and where nothing can be read, it does nothing', async () => {
  await using run = await makeRun(tasks);
  const ledgers = ledgerReader(run.paths);
  await removeStaleState({ paths: run.paths, tasks, ledgers });
  await rm(run.paths.claims, { recursive: true });
  await writeFile(run.paths.claims, '');
  await removeStaleState({ paths: run.paths, tasks, ledgers });
  expect(await readdir(run.paths.state)).toContain('manifest.jsonl');
});
