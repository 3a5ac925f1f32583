import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openRegular } from '../files/open-regular.ts';
import type { FileProgress, MetricsLine, StageShares } from '../metrics/progress.ts';
import type { RecorderSnapshot } from '../metrics/recorder.ts';
import type { StageReport } from '../metrics/summary.ts';
import type { RunPaths } from './run-paths.ts';

/** What a worker's metrics are made of. */
export interface MetricsSample extends RecorderSnapshot {
  readonly files: readonly FileProgress[];
}

/** Options of {@link openMetricsLog}. */
export interface MetricsLogOptions {
  /** Milliseconds between two lines. @defaultValue 10,000 */
  readonly intervalMs?: number | undefined;
}

/** Writes metrics until it is disposed, which writes the last line. */
export type MetricsLog = AsyncDisposable;

/** How the names of metrics files end. */
export const metricsExtension = '.metrics.jsonl';

/** Where the metrics of that worker lie. */
export function metricsPath(paths: RunPaths, worker: string): string {
  return join(paths.workers, `${worker}${metricsExtension}`);
}

/**
 * Appends a {@link MetricsLine} at each interval, and one when it is disposed. Metrics never stop a run: a line that
 * cannot be written is left out.
 *
 * @param sample - returns what the worker has done since it began.
 */
export function openMetricsLog(
  paths: RunPaths,
  worker: string,
  { sample, intervalMs = 10_000 }: MetricsLogOptions & { readonly sample: () => MetricsSample },
): MetricsLog {
  const path = metricsPath(paths, worker);
  const next = lineMaker(sample);
  let last: Promise<unknown> = Promise.resolve();
  const write = (): Promise<unknown> => {
    const line = JSON.stringify({ run: paths.run, ...next.line() });
    // Each line begins on its own, even where the one before could not be written whole.
    last = last.then(() => appendFile(path, `${line}\n`)).catch(() => appendFile(path, '\n'));
    last = last.catch(() => undefined);
    return last;
  };
  const timer = setInterval(() => void write(), intervalMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await write();
      next.end();
    },
  };
}

const loopResolutionMs = 20;

function lineMaker(sample: () => MetricsSample) {
  const loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loopDelay.enable();
  const started = performance.now();
  let since = started;
  let before: MetricsSample = { tokens: 0, stages: [], files: [] };
  return {
    line(): MetricsLine {
      const now = performance.now();
      const seconds = Math.max(now - since, 1e-3) / 1000;
      const current = sample();
      const line = {
        at: new Date().toISOString(),
        seconds: round((now - started) / 1000),
        tokens: current.tokens,
        tokensPerSecond: round((current.tokens - before.tokens) / seconds),
        stages: sharesOf(current.stages, before.stages, seconds),
        rssBytes: process.memoryUsage.rss(),
        loopDelayMs: round(Math.max(0, loopDelay.max / 1e6 - loopResolutionMs)),
        files: current.files,
      };
      loopDelay.reset();
      [since, before] = [now, current];
      return line;
    },
    end: (): void => {
      loopDelay.disable();
    },
  };
}

function sharesOf(
  stages: readonly StageReport[],
  before: readonly StageReport[],
  seconds: number,
): Readonly<Record<string, StageShares>> {
  const shares = stages.map((stage) => {
    const was = before.find(({ name }) => name === stage.name);
    const share = (key: 'busySeconds' | 'waitingSeconds' | 'blockedSeconds'): number =>
      round((stage[key] - (was?.[key] ?? 0)) / seconds);
    return [
      stage.name,
      {
        busy: share('busySeconds'),
        waiting: share('waitingSeconds'),
        blocked: share('blockedSeconds'),
      },
    ] as const;
  });
  return Object.fromEntries(shares);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Enough for a line of many files in flight. */
const tailBytes = 2 ** 16;

/** The last whole line of a worker's metrics; null where there is none. Metrics are a hint: what is damaged is none. */
export async function readLastMetrics(
  paths: RunPaths,
  worker: string,
): Promise<MetricsLine | null> {
  try {
    await using handle = await openRegular(metricsPath(paths, worker));
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, tailBytes));
    await handle.read(tail, 0, tail.length, size - tail.length);
    const whole = tail.toString('utf8', 0, tail.lastIndexOf(10));
    const json = whole.slice(whole.lastIndexOf('\n') + 1);
    const { run, ...line } = JSON.parse(json) as MetricsLine & { readonly run?: string };
    return run === undefined || run === paths.run ? line : null;
  } catch {
    return null;
  }
}
