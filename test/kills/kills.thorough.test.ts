import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { killRuns, repeatedRowsBound } from '#toedit/benchmarks/kills/kill-runs';
import { killTargets } from '#toedit/benchmarks/kills/kill-target';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-kills-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('a run that is killed at each of its moments gives what an undisturbed one gives', {
  timeout: 900_000,
}, async () => {
  const report = await killRuns({ kills: 24, seed: 1, directory });
  expect(report.kills).toBeGreaterThanOrEqual(24);
  for (const { name } of killTargets) expect(report.kinds[name]?.hit, name).toBeGreaterThan(0);
  expect(report.kinds['random time']?.tried).toBeGreaterThan(0);
  expect(report.mostRepeatedRows).toBeLessThanOrEqual(repeatedRowsBound);
});

// `npm run kills -- 40 --command revert` kills these at each of its moments.
test.each(['resample', 'revert'] as const)(
  'a killed %s gives what an undisturbed one gives',
  {
    timeout: 900_000,
  },
  async (command) => {
    const report = await killRuns({ command, kills: 8, allTargets: false, seed: 3, directory });
    expect(report.kills).toBeGreaterThanOrEqual(8);
    expect(report.mostRepeatedRows).toBeLessThanOrEqual(repeatedRowsBound);
  },
);
