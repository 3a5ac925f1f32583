import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { raceRuns } from '#toedit/benchmarks/races/race-runs';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-races-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('of two different runs in one directory one is whole, and the other refused', {
  timeout: 300_000,
}, async () => {
  const report = await raceRuns({ races: 6, seed: 1, directory });
  expect(report.kinds).toEqual({ edit: 4, plan: 1, overwrite: 1 });
});
