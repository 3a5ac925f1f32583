import { open } from 'node:fs/promises';
import type { MetricsLine } from '../metrics/progress.ts';
import { metricsPath } from './metrics-log.ts';
import type { RunPaths } from './run-paths.ts';

/** Enough for a line of many files in flight. */
const tailBytes = 2 ** 16;

/** The last whole line of a worker's metrics; null where there is none. Metrics are a hint: what is damaged is none. */
export async function readLastMetrics(
  paths: RunPaths,
  worker: string,
): Promise<MetricsLine | null> {
  try {
    await using handle = await open(metricsPath(paths, worker), 'r');
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
