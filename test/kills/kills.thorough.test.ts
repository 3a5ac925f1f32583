import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killRuns, repeatedRowsBound } from '#toedit/benchmarks/kills/kill-runs';
import { killTargets } from '#toedit/benchmarks/kills/kill-target';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-kills-'));
});

afterAll(() => rm(directory, { recursive: true }));

test('a run that is killed at each of its moments gives what an undisturbed one gives', {
  timeout: 900_000,
}, async () => {
  const report = await killRuns({ kills: 24, seed: 1, directory });
  expect(report.kills).toBeGreaterThanOrEqual(24);
  for (const { name } of killTargets) expect(report.kinds[name]?.hit, name).toBeGreaterThan(0);
  expect(report.kinds['random time']?.tried).toBeGreaterThan(0);
  expect(report.mostRepeatedRows).toBeLessThanOrEqual(repeatedRowsBound);
});
