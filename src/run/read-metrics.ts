import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegular } from '../files/open-regular.ts';
import type { MetricsLine } from '../metrics/progress.ts';
import type { StageReport } from '../metrics/summary.ts';
import { type RateBin, timeBins } from '../metrics/time-bins.ts';
import { metricsExtension } from './metrics-log.ts';
import type { RunPaths } from './run-paths.ts';

/** What the workers of a run have noted while they worked, all together. */
export interface MetricsHistory {
  readonly workers: number;
  /** From the first moment that any of them notes to the last. */
  readonly seconds: number;
  /** Of all of them together. */
  readonly workerSeconds: number;
  readonly tokens: number;
  /** Tokens a second. */
  readonly rates: readonly RateBin[];
  readonly stages: readonly StageReport[];
  /** The most that any of them noted. */
  readonly peakRssBytes: number;
  readonly longestStallMs: number;
}

/**
 * Reads the metrics of all workers of a run, line by line: what is held does not grow with them. Metrics are a hint: what is
 * damaged, or of another run, is left out.
 *
 * @param mostBins - of `rates`.
 * @returns null where there are none.
 */
export async function readMetrics(
  paths: RunPaths,
  { mostBins, signal }: { readonly mostBins: number; readonly signal?: AbortSignal | undefined },
): Promise<MetricsHistory | null> {
  const sums = metricsSums(mostBins);
  const names = await readdir(paths.workers).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(metricsExtension)).toSorted()) {
    signal?.throwIfAborted();
    const worker = sums.beginWorker();
    for await (const json of shortLines(join(paths.workers, name))) {
      const line = parseLine(json, paths.run);
      if (line !== null) worker.add(line);
    }
  }
  return sums.history();
}

function metricsSums(mostBins: number) {
  const bins = timeBins(mostBins);
  const stages = new Map<string, StageSeconds>();
  const sum = { workers: 0, workerSeconds: 0, tokens: 0, peakRssBytes: 0, longestStallMs: 0 };
  return {
    beginWorker() {
      let before = { seconds: 0, tokens: 0 };
      return {
        add(line: MetricsLine): void {
          if (before.seconds === 0) sum.workers++;
          const seconds = Math.max(0, line.seconds - before.seconds);
          const tokens = Math.max(0, line.tokens - before.tokens);
          const to = Date.parse(line.at);
          bins.add({ from: to - 1000 * seconds, to }, tokens);
          addStages(stages, line.stages, seconds);
          sum.workerSeconds += seconds;
          sum.tokens += tokens;
          sum.peakRssBytes = Math.max(sum.peakRssBytes, line.rssBytes);
          sum.longestStallMs = Math.max(sum.longestStallMs, line.loopDelayMs);
          before = line;
        },
      };
    },
    history(): MetricsHistory | null {
      const rates = bins.rates();
      const seconds = rates.at(-1)?.to ?? 0;
      const reports = [...stages].map(([name, of]) => ({ name, ...of }));
      return seconds === 0 ? null : { ...sum, seconds, rates, stages: reports };
    },
  };
}

type StageSeconds = { -readonly [Key in keyof Omit<StageReport, 'name'>]: number };

/** More than any version of the pipeline has: names are taken from a file. */
const mostStages = 16;

function addStages(
  stages: Map<string, StageSeconds>,
  shares: MetricsLine['stages'],
  seconds: number,
): void {
  for (const [name, { busy, waiting, blocked }] of Object.entries(shares)) {
    const known = stages.get(name) ?? { busySeconds: 0, waitingSeconds: 0, blockedSeconds: 0 };
    if (!stages.has(name) && stages.size < mostStages) stages.set(name, known);
    known.busySeconds += seconds * number(busy);
    known.waitingSeconds += seconds * number(waiting);
    known.blockedSeconds += seconds * number(blocked);
  }
}

/** A line of the run, its numbers made sure of; null where it is none. */
function parseLine(json: string, run: string): MetricsLine | null {
  try {
    const line = JSON.parse(json) as MetricsLine & { readonly run?: string };
    if (line.run !== undefined && line.run !== run) return null;
    if (!Number.isFinite(Date.parse(line.at)) || !(number(line.seconds) > 0)) return null;
    const stages = typeof line.stages === 'object' ? line.stages : {};
    const { rssBytes, loopDelayMs, tokens } = line;
    return {
      ...{ ...line, stages, tokens: number(tokens) },
      ...{ rssBytes: number(rssBytes), loopDelayMs: number(loopDelayMs) },
    };
  } catch {
    return null;
  }
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** Enough for a line of many files in flight. */
const mostLineBytes = 2 ** 20;

/** The lines of a file that are whole and not too long; none where it cannot be read. */
async function* shortLines(path: string): AsyncGenerator<string> {
  try {
    await using handle = await openRegular(path);
    let rest = Buffer.alloc(0);
    const chunk = Buffer.allocUnsafe(2 ** 16);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      const end = rest.lastIndexOf(10) + 1;
      yield* rest.toString('utf8', 0, end).split('\n').filter(Boolean);
      // What is left of a line that is too long is no JSON either, and is dropped by its reader.
      rest = rest.length - end > mostLineBytes ? Buffer.alloc(0) : rest.subarray(end);
    }
  } catch {
    // Metrics are a hint.
  }
}
