import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MetricsLine } from '#toedit/src/metrics/progress';
import { runRecorder } from '#toedit/src/metrics/recorder';
import { metricsPath, openMetricsLog } from '#toedit/src/run/metrics-log';
import type { RunPaths } from '#toedit/src/run/run-paths';
import { bareRun } from './bare-run.ts';

let directory = '';
let paths: RunPaths;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-metrics-'));
  paths = bareRun(directory);
});
afterEach(() => rm(directory, { recursive: true }));

async function lines(): Promise<MetricsLine[]> {
  const text = await readFile(metricsPath(paths, 'one'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as MetricsLine);
}

test('writes what was done in each interval, and a last line', async () => {
  const recorder = runRecorder();
  const { totals } = recorder.beginFile();
  const mark = recorder.clock('read').start();
  mark('waiting');
  const files = [{ input: 'a.parquet', task: 3, rowsDone: 1, rowsTotal: 4 }];
  const sample = () => ({ ...recorder.snapshot(), files });
  {
    await using _ = openMetricsLog(paths, 'one', { sample, intervalMs: 50 });
    totals.deviceTokens = 1000;
    await expect.poll(lines).not.toEqual([]);
    totals.deviceTokens = 1500;
    await sleep(120);
  }
  const written = await lines();
  expect(written.length).toBeGreaterThan(2);
  const tokens = written.map((line) => line.tokens);
  expect(tokens.at(-1)).toBe(1500);
  let [before, seconds] = [0, 0];
  for (const line of written) {
    const scored = line.tokensPerSecond * (line.seconds - seconds);
    // The clock of the line is rounded to milliseconds.
    expect(Math.abs(scored - (line.tokens - before))).toBeLessThanOrEqual(
      1 + line.tokensPerSecond * 0.002,
    );
    [before, seconds] = [line.tokens, line.seconds];
    expect(line).toMatchObject({ files, stages: { read: { busy: 0, blocked: 0 } } });
    expect(line.rssBytes).toBeGreaterThan(1e6);
    expect(line.loopDelayMs).toBeGreaterThanOrEqual(0);
  }
  // It waited all the time, which it had not ended: only a snapshot knows.
  const waiting = written.slice(1).map((line) => line.stages['read']?.waiting ?? 0);
  // A snapshot is taken a little before or after its interval ends.
  for (const share of waiting) expect(Math.abs(share - 1)).toBeLessThan(0.5);
});

test('what cannot be written stops nothing', async () => {
  await rm(paths.workers, { recursive: true });
  const sample = () => ({ tokens: 0, stages: [], files: [] });
  {
    await using _ = openMetricsLog(paths, 'one', { sample, intervalMs: 10 });
    await sleep(50);
    await mkdir(paths.workers);
    await expect.poll(lines).not.toEqual([]);
  }
  expect((await lines()).at(-1)).toMatchObject({ tokens: 0, files: [] });
});
