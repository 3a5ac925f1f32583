import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runStatus, watchRun } from '#toedit/pipelines/run-status';
import type { MetricsLine } from '#toedit/src/metrics/progress';
import { isComplete } from '#toedit/src/metrics/run-status';
import { claimTask } from '#toedit/src/run/claims/claim-task';
import { claimant } from '#toedit/src/run/claims/claimant';
import { workerIdentity } from '#toedit/src/run/claims/worker-identity';
import { openLedger } from '#toedit/src/run/ledger/ledger';
import { writeManifest } from '#toedit/src/run/manifest/write-manifest';
import { metricsPath } from '#toedit/src/run/metrics-log';
import { retireRun } from '#toedit/src/run/retire-run';
import { sampleManifest } from '../src/run/manifest/sample-manifest.ts';
import { doneOutput, entryOf, failedOutput } from '../src/run/sample-entries.ts';
import { makeRun, sampleTask } from './sample-run.ts';

const five = [0, 1, 2, 3, 4].map((index) => sampleTask(index));

test('a run that nobody has begun is pending', async () => {
  await using run = await makeRun(five);
  const status = await runStatus(run.output);
  expect(status).toMatchObject({
    counts: { pending: 5, running: 0, done: 0, failed: 0 },
    ...{ bytesTotal: 5000, bytesDone: 0, workers: 0, tokensPerSecond: 0, etaSeconds: null },
    ...{ rows: 0, failures: [], command: 'edit', output: run.output },
  });
  expect(isComplete(status)).toBe(false);
});

test('a directory without a run is an error', async () => {
  await using run = await makeRun(five);
  await expect(runStatus(run.directory)).rejects.toMatchObject({ code: 'MANIFEST_MISSING' });
});

test('tells what is done, has failed, and who works on what is not', async () => {
  await using run = await makeRun(five);
  const identity = await workerIdentity();
  await using ledger = openLedger(run.paths, identity.name);
  const worker = claimant(identity);
  await ledger.append(entryOf(0, { outputs: [doneOutput('/corpus/part-0.jsonl')] }));
  await ledger.append(
    entryOf(1, { outputs: [doneOutput('/corpus/part-1.jsonl', { deadLetters: 2 })] }),
  );
  const failure = failedOutput('/corpus/part-2.jsonl');
  await ledger.append(entryOf(2, { status: 'failed', outputs: [failure] }));
  await claimTask(run.paths, 3, worker);
  await claimTask(run.paths, 4, claimant({ ...identity, bootId: 'before' }));
  await writeFile(
    metricsPath(run.paths, identity.name),
    `${JSON.stringify(metrics(10))}\n${JSON.stringify(metrics(50))}\n{"at":`,
  );
  const status = await runStatus(run.output);
  expect(status.tasks.map((task) => task.status)).toEqual([
    ...['done', 'done', 'failed', 'running', 'pending'],
  ]);
  const { name, host, pid } = identity;
  expect(status.tasks[3]).toMatchObject({ heldBy: { worker: name, host, pid }, share: 0.25 });
  expect(status.failures).toEqual([
    { task: 2, input: failure.input, error: failure.error, retryable: false },
  ]);
  expect(status).toMatchObject({
    ...{ rows: 20, tokens: 500, textBytes: 2000, changed: 6, deadLetters: 2, workers: 1 },
    // Three files and a quarter; 4 bytes of input a token, as in the two that are done.
    ...{ bytesDone: 3250, tokensPerSecond: 50, etaSeconds: 1750 / (50 * 4) },
  });
});

function metrics(tokensPerSecond: number): MetricsLine {
  const files = [{ input: '/corpus/part-3.jsonl', task: 3, rowsDone: 1, rowsTotal: 4 }];
  const nothing = { at: '', seconds: 10, tokens: 100, stages: {}, rssBytes: 1, loopDelayMs: 0 };
  return { ...nothing, tokensPerSecond, files };
}

test('a failure that a later run tries again leaves the run open', async () => {
  await using run = await makeRun([sampleTask(0)]);
  await using ledger = openLedger(run.paths, 'one');
  await ledger.append(
    entryOf(0, { status: 'failed', retryable: true, outputs: [failedOutput('a')] }),
  );
  const status = await runStatus(run.output);
  expect(status).toMatchObject({ counts: { failed: 1 }, bytesDone: 0 });
  expect(isComplete(status)).toBe(false);
  expect(isComplete({ ...status, failures: [] })).toBe(true);
});

test('one watch sees what comes', async () => {
  await using run = await makeRun([sampleTask(0), sampleTask(1)]);
  await using ledger = openLedger(run.paths, 'one');
  const watch = watchRun(run.output);
  for (const task of [0, 1]) {
    expect(isComplete(await watch.status())).toBe(false);
    await ledger.append(entryOf(task, { outputs: [doneOutput(`${task}`)] }));
  }
  const status = await watch.status();
  expect(status).toMatchObject({ counts: { done: 2 }, bytesDone: 2000, rows: 20 });
  expect(isComplete(status)).toBe(true);
});

test('one watch sees that the run was begun anew', async () => {
  await using run = await makeRun([sampleTask(0)]);
  await using ledger = openLedger(run.paths, 'one');
  await ledger.append(entryOf(0, { outputs: [doneOutput('a')] }));
  const watch = watchRun(run.output);
  expect(isComplete(await watch.status())).toBe(true);
  await retireRun(run.paths);
  const { manifest } = run.paths;
  expect(await writeManifest(manifest, sampleManifest([sampleTask(0)]))).toBe(true);
  expect(await watch.status()).toMatchObject({ counts: { pending: 1, done: 0 } });
});

test('a task whose worker is on another host is running, however old its heartbeat looks', async () => {
  await using run = await makeRun([sampleTask(0)]);
  const identity = { ...(await workerIdentity()), host: 'far-away' };
  await claimTask(run.paths, 0, claimant(identity));
  const longAgo = new Date(0);
  await utimes(join(run.paths.claims, '0.json'), longAgo, longAgo);
  const [task] = (await runStatus(run.output)).tasks;
  expect(task).toMatchObject({ status: 'running', heldBy: { host: 'far-away' } });
});
