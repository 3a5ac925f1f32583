import { createHash, randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { ToeditError } from '../errors.ts';
import { makeDirectory } from '../files/commit-file.ts';
import { readRegular } from '../files/open-regular.ts';
import { type Batching, defaultBatching } from '../inference/engine-options.ts';
import type { MicroBatch, MicroBatchScores } from '../inference/micro-batch.ts';
import type { Prior } from '../model/load-prior.ts';
import { plainEnglish } from '../text/plain-english.ts';
import { version } from '../version.ts';

/**
 * Measures which micro-batches suit a prior where it is opened: in a few seconds, or the time of five small passes where that is more.
 *
 * @throws ToeditError as `measurePasses`.
 */
export async function tuneBatching(prior: Prior, signal?: AbortSignal): Promise<Tuning> {
  const [encoded = new Int32Array()] = await prior.encode([plainEnglish]);
  const measured = await measurePasses({
    score: (batch) => {
      signal?.throwIfAborted();
      return prior.score(batch);
    },
    tokenIds: encoded.length > 0 ? encoded : new Int32Array(1),
    windowTokens: Math.min(64, prior.maxTokens),
    mostTokens: prior.device === 'cpu' ? mostOnCpu : mostElsewhere,
  });
  return { ...chooseBatching(measured), ...measured };
}

/** Long windows need more memory a token than those that are timed; the CPU's is everybody's, and refuses nothing. */
const mostOnCpu = 4096;
const mostElsewhere = 16_384;

/**
 * The micro-batches that suit a device: the smallest of those within 2 % of the best tokens a second, which pads less and needs less
 * memory. Where time was up before larger ones could be tried, no less than the default. `runTokens` is what the smallest pass
 * took beyond its own tokens' share at the best rate.
 */
export function chooseBatching({ passes, end }: MeasuredPasses): Batching {
  const best = Math.max(...passes.map(rateOf));
  const chosen = passes.find((pass) => rateOf(pass) >= 0.98 * best)?.tokens ?? 0;
  const least = end === 'time' ? defaultBatching.maxBatchTokens : 1;
  const [smallest] = passes;
  const fixed = smallest === undefined ? 0 : smallest.milliseconds * best - smallest.tokens;
  return { maxBatchTokens: Math.max(chosen, least), runTokens: Math.round(fixed) };
}

/** How long forward passes over micro-batches of one size take. */
export interface MeasuredPass {
  /** Tokens of the micro-batch. */
  readonly tokens: number;
  /** The shortest time that the device was busy with one. */
  readonly milliseconds: number;
}

/** Forward passes by size, the smallest first, and why there are no larger ones. */
export interface MeasuredPasses {
  readonly passes: readonly MeasuredPass[];
  /** `level`: the last was not faster a token than the one before. `time` is up; the device `refused`; `largest` allowed. */
  readonly end: 'level' | 'time' | 'refused' | 'largest';
}

/** What is timed, and how far. */
export interface PassesToMeasure {
  readonly score: (batch: MicroBatch) => Promise<MicroBatchScores>;
  /** Token ids of a text, one or more; repeated as needed. */
  readonly tokenIds: Int32Array;
  /** Tokens of each window, 2 or more. */
  readonly windowTokens: number;
  /** The largest micro-batch to try. */
  readonly mostTokens: number;
  /** No larger micro-batch is begun that would bring the device's time beyond this. @defaultValue 8000 */
  readonly limitMs?: number | undefined;
}

/**
 * Times forward passes over micro-batches of 1, 2, 4, ... windows, until larger ones bring nothing: at most 2 passes a size, and one
 * to warm up.
 *
 * @throws ToeditError INFERENCE_FAILED where the device refuses even the smallest; ENGINE_DIED.
 */
export async function measurePasses(options: PassesToMeasure): Promise<MeasuredPasses> {
  const { windowTokens, mostTokens, limitMs = 8000 } = options;
  const passes: MeasuredPass[] = [];
  let spentMs = await busyMs(1, options);
  for (let windows = 1; windows * windowTokens <= mostTokens; windows *= 2) {
    const expectedMs = 2 * repetitions * (passes.at(-1)?.milliseconds ?? 0);
    if (passes.length > 1 && spentMs + expectedMs > limitMs) return { passes, end: 'time' };
    const times = await timesOf(windows, options);
    if (times === null) return { passes, end: 'refused' };
    spentMs += times.reduce((sum, time) => sum + time, 0);
    passes.push({ tokens: windows * windowTokens, milliseconds: Math.min(...times) });
    if (isLevel(passes)) return { passes, end: 'level' };
  }
  return { passes, end: 'largest' };
}

/** Tokens in a millisecond. */
export function rateOf({ tokens, milliseconds }: MeasuredPass): number {
  return tokens / milliseconds;
}

const repetitions = 2;

/** Below this, a level may be chance. */
const leastLevel = 1024;

function isLevel(passes: readonly MeasuredPass[]): boolean {
  const [before, last] = passes.slice(-2);
  if (before === undefined || last === undefined || last.tokens <= leastLevel) return false;
  return rateOf(last) < 1.02 * rateOf(before);
}

/** Null where the device refuses micro-batches of that size, but not of one window. */
async function timesOf(windows: number, options: PassesToMeasure): Promise<number[] | null> {
  const times: number[] = [];
  try {
    while (times.length < repetitions) times.push(await busyMs(windows, options));
    return times;
  } catch (error) {
    const isRefusal = error instanceof ToeditError && error.code === 'INFERENCE_FAILED';
    if (isRefusal && windows > 1) return null;
    throw error;
  }
}

async function busyMs(windows: number, options: PassesToMeasure): Promise<number> {
  const { score, tokenIds, windowTokens } = options;
  const tokens = windows * windowTokens;
  const scores = await score({
    ...{ size: windows, width: windowTokens, logThreshold: Math.fround(Math.log(0.99)), topK: 8 },
    tokenIds: Int32Array.from({ length: tokens }, (_, i) => tokenIds[i % tokenIds.length] ?? 0),
    spans: Int32Array.from({ length: 2 * windows }, (_, i) => (i % 2 === 0 ? 1 : windowTokens)),
    scores: 'eligible',
  });
  return scores.busyMs;
}

/** What was measured, and what was chosen by it. */
export interface Tuning extends Batching, MeasuredPasses {}

/** What a measurement holds for, beside the machine. */
export type TunedPrior = Pick<Prior, 'modelFingerprint' | 'device' | 'threads' | 'engines'>;

/**
 * Where a measurement is kept: a file of its own for each model, device, number of threads and engines, processor, and version of
 * toedit.
 */
export function tuningFile(prior: TunedPrior, cacheDirectory: string): string {
  const { modelFingerprint, device, threads, engines } = prior;
  const processor = [platform(), arch(), cpus()[0]?.model ?? '', availableParallelism()];
  const facts = [version, modelFingerprint, device, threads, engines, ...processor];
  const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
  return join(cacheDirectory, 'batching', `${key}.json`);
}

/** The measurement in a file; null where there is none that can be used. */
export async function readTuning(file: string): Promise<Tuning | null> {
  try {
    const found: unknown = JSON.parse(String(await readRegular(file)));
    return isTuning(found) ? found : null;
  } catch {
    return null;
  }
}

/** Keeps a measurement; false where that cannot be: then the next run measures again. */
export async function writeTuning(file: string, tuning: Tuning): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await makeDirectory(dirname(file));
    await writeFile(temporary, `${JSON.stringify(tuning)}\n`);
    await rename(temporary, file);
    return true;
  } catch {
    return false;
  }
}

function isTuning(found: unknown): found is Tuning {
  const { maxBatchTokens, runTokens, passes, end } = (found ?? {}) as Partial<Tuning>;
  return (
    isCount(maxBatchTokens, 1) &&
    isCount(runTokens, 0) &&
    ends.has(end) &&
    Array.isArray(passes) &&
    passes.every(isPass)
  );
}

const ends: ReadonlySet<unknown> = new Set(['level', 'time', 'refused', 'largest']);

function isPass(pass: unknown): pass is MeasuredPass {
  const { tokens, milliseconds } = (pass ?? {}) as Partial<MeasuredPass>;
  return isCount(tokens, 1) && typeof milliseconds === 'number' && milliseconds > 0;
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= 2 ** 24;
}
