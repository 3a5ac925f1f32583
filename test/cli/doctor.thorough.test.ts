import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunSummary } from '#toedit/src/metrics/summary';
import { loadPrior } from '#toedit/src/model/load-prior';
import type { Diagnosis } from '#toedit/src/tuning/diagnosis';
import { isNoisy, type Tuning, tuningFile, writeTuning } from '#toedit/src/tuning/tune-batching';
import { makeSandbox, root } from '../sandbox.ts';
import { runToedit } from './run-toedit.ts';

const threads = ['--threads', '1'];

/** Remembers a measurement for the embedded prior as it is opened here; returns the file. */
async function remember(directory: string, tuning: Tuning): Promise<string> {
  await using prior = await loadPrior(join(root, 'models/tiny'), { threads: 1 });
  const file = tuningFile(prior, join(directory, '.cache/toedit'));
  expect(await writeTuning(file, tuning)).toBe(true);
  return file;
}

const smallest: Tuning = {
  ...{ maxBatchTokens: 64, runTokens: 9999, end: 'level' },
  passes: [{ tokens: 64, milliseconds: 5, spread: 0.01 }],
};

test('doctor measures, and remembers unless the machine is busy', async () => {
  using sandbox = await makeSandbox();
  const { directory } = sandbox;
  const hubSettings = { HF_HUB_CACHE: join(directory, 'hub'), HF_HUB_OFFLINE: '1', HF_TOKEN: 'x' };
  const start = { env: { HOME: directory, ...hubSettings } };
  const cost = ['--tokens', '3e9', '--price-per-hour', '2.4'];
  const args = ['doctor', ...threads, ...cost, '--json'];
  const { code, stdout } = await runToedit(args, directory, start);
  expect(code).toBe(0);
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  const pass = { tokens: 64, milliseconds: expect.any(Number), spread: expect.any(Number) };
  expect(diagnosis).toMatchObject({
    versions: { node: process.versions.node },
    prior: { name: 'tiny', precision: 'float32', notSplit: null, threads: 1, engines: 1 },
    batching: { passes: expect.arrayContaining([pass]) },
    int8: { speed: expect.any(Number) },
    error: null,
  });
  expect(diagnosis.devices[0]).toMatchObject({ device: 'cpu', problem: null, float16: true });
  expect(diagnosis.devices.map(({ device }) => device)).toEqual(['cpu', 'cuda', 'webgpu']);
  const { tokensPerSecond } = diagnosis.estimate ?? { tokensPerSecond: Number.NaN };
  expect(tokensPerSecond).toBeGreaterThan(0);
  expect(diagnosis.estimate).toEqual({
    ...{ tokensPerSecond, tokens: 3e9 },
    hours: expect.closeTo(3e9 / tokensPerSecond / 3600, 5),
    price: expect.closeTo(7.2e9 / tokensPerSecond / 3600, 5),
  });
  const hub = { path: join(directory, 'hub'), exists: false, isOffline: true, hasToken: true };
  expect(diagnosis.storage).toMatchObject({ cache: { isWritable: true }, hub });
  const { batching } = diagnosis;
  if (isNoisy(batching?.passes ?? [])) {
    expect(batching).toMatchObject({ maxBatchTokens: 1024, runTokens: 64, file: null });
    expect(diagnosis.warnings).toEqual([expect.stringMatching(/^this machine is busy/)]);
    expect(existsSync(join(directory, '.cache/toedit/batching'))).toBe(false);
  } else {
    expect(diagnosis.warnings).toEqual([]);
    expect(batching?.file).toBe(await remember(directory, smallest));
  }
});

test('edit goes by what is remembered, and its output does not depend on it', async () => {
  using sandbox = await makeSandbox();
  const { directory } = sandbox;
  await remember(directory, smallest);
  const edit = (...more: string[]) =>
    runToedit(['edit', 'corpus', '--json', ...threads, ...more], directory, {
      env: { HOME: directory },
    });
  const microBatches = ({ stdout: text }: { stdout: string }) =>
    (JSON.parse(text) as RunSummary).inference.engines[0]?.microBatches ?? 0;
  const small = await edit('-o', 'small');
  const given = await edit('-o', 'given', '--max-batch-tokens', '4096');
  expect([small.code, given.code]).toEqual([0, 0]);
  expect(microBatches(small)).toBeGreaterThan(microBatches(given));
  for (const name of readdirSync(join(directory, 'small'), { withFileTypes: true })) {
    if (!name.isFile()) continue;
    const other = readFileSync(join(directory, 'given', name.name));
    expect(readFileSync(join(directory, 'small', name.name)).equals(other)).toBe(true);
  }
});

test('auto measures where nothing is remembered', async () => {
  using sandbox = await makeSandbox();
  const { directory } = sandbox;
  const auto = ['edit', 'corpus', ...threads, '--max-batch-tokens', 'auto', '--limit', '1', '-o'];
  const start = { env: { HOME: directory } };
  const first = await runToedit([...auto, 'first'], directory, start);
  await remember(directory, smallest);
  const second = await runToedit([...auto, 'second'], directory, start);
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(first.stderr).toContain('measuring which micro-batches');
  expect(second.stderr).not.toContain('measuring');
});

test('doctor tells of a prior that cannot be opened, and of all else', async () => {
  using sandbox = await makeSandbox();
  const { directory } = sandbox;
  const start = { env: { HOME: directory } };
  const { code, stdout } = await runToedit(['doctor', '--model', 'corpus'], directory, start);
  expect(code).toBe(2);
  expect(stdout).toMatch(
    /^toedit .*\n\nmachine\n {2}\d+ cores? of .*\n[^]*\n {2}int8 instructions: (yes|no|unknown); matrix products in int8: \d+\.\d times as fast as float32\n\nstorage\n(?: {2}.*\n){3}\ndevices\n {2}cpu {4} +runs the bundled prior; float16 works\n/,
  );
  expect(stdout).toMatch(/the prior cannot be opened\n {2}.*config\.json/);
});
