import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimTask } from '#toedit/src/run/claims/claim-task';
import { claimant } from '#toedit/src/run/claims/claimant';
import { workerIdentity } from '#toedit/src/run/claims/worker-identity';
import { enterRun, requireRun, underRun } from '#toedit/src/run/enter-run';
import { noteBegunRows } from '#toedit/src/run/journal/journal';
import { openJournal } from '#toedit/src/run/journal/open-journal';
import { openLedger } from '#toedit/src/run/ledger/ledger';
import { writeManifest } from '#toedit/src/run/manifest/write-manifest';
import { findRetired, removeRetired, retireRun } from '#toedit/src/run/retire-run';
import { type RunPaths, runPaths } from '#toedit/src/run/run-paths';
import { numbered, textBatch } from '../../operators/text-batch.ts';
import { sampleManifest } from './manifest/sample-manifest.ts';
import { entryOf } from './sample-entries.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-retire-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function begin(): Promise<RunPaths> {
  const manifest = sampleManifest();
  const paths = runPaths(directory, manifest.name);
  expect(await writeManifest(paths.manifest, manifest)).toBe(true);
  await enterRun(paths);
  return paths;
}

const conflict = { code: 'MANIFEST_CONFLICT' };
const failure = { code: 'WRITE_FAILED' };

test('what was of the run is gone, with its dead letters; its outputs stay', async () => {
  const paths = await begin();
  mkdirSync(paths.deadLetters);
  writeFileSync(join(paths.deadLetters, 'a.jsonl'), 'aside');
  writeFileSync(join(directory, 'a.jsonl'), 'output');
  await retireRun(paths);
  expect(readdirSync(directory)).toEqual(['a.jsonl']);
});

test('of many that retire at once none fails', async () => {
  const paths = await begin();
  await Promise.all(Array.from({ length: 8 }, () => retireRun(paths)));
  expect(readdirSync(directory)).toEqual([]);
});

test('a manifest that cannot be read is retired, too', async () => {
  const paths = await begin();
  for (const damage of ['', 'null\n', '{"run":7}\n', 'x'.repeat(100_000)]) {
    mkdirSync(paths.state, { recursive: true });
    await writeFile(paths.manifest, damage);
    await retireRun(paths);
    expect(readdirSync(directory)).toEqual([]);
  }
});

describe.each(['another run', 'none'])('a process of a retired run, where there is %s', (after) => {
  let old: RunPaths;
  let now: readonly string[];
  beforeEach(async () => {
    old = await begin();
    await retireRun(old);
    if (after === 'another run') await begin();
    now = readdirSync(directory, { recursive: true }) as string[];
  });
  afterEach(() => {
    // Whatever it tried, it made nothing.
    expect(readdirSync(directory, { recursive: true })).toEqual(now);
  });

  test('cannot come back', async () => {
    await expect(enterRun(old)).rejects.toMatchObject(conflict);
    await expect(requireRun(old)).rejects.toMatchObject(conflict);
  });

  test('cannot claim, journal, note or put out anything', async () => {
    const worker = claimant(await workerIdentity());
    await expect(claimTask(old, 0, worker)).rejects.toMatchObject(failure);
    const place = join(old.journals, '0');
    await using journal = await openJournal(place, { identity: 'one', worker: 'a' });
    const batch = textBatch(numbered(['a']));
    await expect(journal.append(batch)).rejects.toMatchObject(failure);
    using begun = noteBegunRows(place, { worker: 'a', rows: 0 });
    await expect(begun.open()).rejects.toMatchObject(failure);
    expect(existsSync(old.own)).toBe(false);
    await using ledger = openLedger(old, 'a');
    await expect(ledger.append(entryOf(0))).rejects.toMatchObject(failure);
    const part = join(old.parts, 'a.part');
    await expect(writeFile(part, '')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(rename(part, join(directory, 'a'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is told what went wrong', async () => {
    const work = () => Promise.reject(new Error('ENOENT'));
    await expect(underRun(old, work)).rejects.toMatchObject(conflict);
  });
});

test('what could not be removed is found, and removed later', async () => {
  const paths = await begin();
  const left = join(directory, '.toedit-retired-one-0');
  mkdirSync(join(left, 'one', 'parts'), { recursive: true });
  expect(await findRetired(paths)).toEqual([left]);
  await removeRetired(paths);
  expect(existsSync(left)).toBe(false);
  expect(existsSync(paths.manifest)).toBe(true);
});
