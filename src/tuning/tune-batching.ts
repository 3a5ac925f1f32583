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
 * Measures which micro-batches suit a prior where it is opened: in some seconds, or the time of seven small passes where that is more.
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
 * memory. Where time was up before larger ones could be tried, no less than the default; the default where the times are noisy.
 * `runTokens` is what the smallest pass took beyond its own tokens' share at the best rate.
 */
export function chooseBatching({ passes, end }: MeasuredPasses): Batching {
  if (isNoisy(passes)) return defaultBatching;
  const best = Math.max(...passes.map(rateOf));
  const chosen = passes.find((pass) => rateOf(pass) >= 0.98 * best)?.tokens ?? 0;
  const least = end === 'time' ? defaultBatching.maxBatchTokens : 1;
  const [smallest] = passes;
  const fixed = smallest === undefined ? 0 : smallest.milliseconds * best - smallest.tokens;
  return { maxBatchTokens: Math.max(chosen, least), runTokens: Math.max(0, Math.round(fixed)) };
}

/** True where the times lie so far apart that they say more of what else the machine does than of the device. */
export function isNoisy(passes: readonly MeasuredPass[]): boolean {
  return passes.some(({ spread }) => !(spread <= mostSpread));
}

const mostSpread = 0.2;

/** How long forward passes over micro-batches of one size take. */
export interface MeasuredPass {
  /** Tokens of the micro-batch. */
  readonly tokens: number;
  /** Time that the device was busy with one: the median of the rounds. */
  readonly milliseconds: number;
  /** How far apart the middle half of the rounds lies, as a share of the median. */
  readonly spread: number;
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
  /** No larger micro-batch is begun, and no round after the third, that would bring the device's time beyond this. @defaultValue 12000 */
  readonly limitMs?: number | undefined;
}

/**
 * Times forward passes over micro-batches of 1, 2, 4, ... windows, until larger ones bring nothing; then all of these again, round
 * by round, so that what disturbs the machine for a while disturbs all sizes.
 *
 * @throws ToeditError INFERENCE_FAILED where the device refuses even the smallest; ENGINE_DIED.
 */
export async function measurePasses(options: PassesToMeasure): Promise<MeasuredPasses> {
  const { limitMs = 12_000 } = options;
  const { sizes, end, spentMs } = await findSizes(options);
  const rounds = sizes.map(({ milliseconds }) => [milliseconds]);
  let leftMs = limitMs - spentMs;
  for (let round = 1; round < mostRounds; round++) {
    const startMs = leftMs;
    for (const [at, { windows }] of sizes.entries()) {
      const sample = await sampleOf(windows, options);
      rounds[at]?.push(sample.milliseconds);
      leftMs -= sample.spentMs;
    }
    if (round + 1 >= leastRounds && leftMs < startMs - leftMs) break;
  }
  const passes = sizes.map(({ windows }, at) => ({
    tokens: windows * options.windowTokens,
    ...middleOf(rounds[at] ?? []),
  }));
  return { passes, end };
}

/** Tokens in a millisecond. */
export function rateOf({
  tokens,
  milliseconds,
}: Pick<MeasuredPass, 'tokens' | 'milliseconds'>): number {
  return tokens / milliseconds;
}

/** Of nine, two that were disturbed move neither median nor spread. */
const mostRounds = 9;
const leastRounds = 3;

/** What the rounds of a size come to. */
export function middleOf(times: readonly number[]): Pick<MeasuredPass, 'milliseconds' | 'spread'> {
  const sorted = times.toSorted((a, b) => a - b);
  const last = sorted.length - 1;
  const quarter = Math.floor(last / 4);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const milliseconds = (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2;
  return { milliseconds, spread: (at(last - quarter) - at(quarter)) / milliseconds };
}

interface MeasuredSize {
  readonly windows: number;
  readonly milliseconds: number;
}

interface FoundSizes extends Pick<MeasuredPasses, 'end'> {
  readonly sizes: readonly MeasuredSize[];
  readonly spentMs: number;
}

/** The first round, which goes on to larger sizes as long as there is reason to. */
async function findSizes(options: PassesToMeasure): Promise<FoundSizes> {
  const { windowTokens, mostTokens, limitMs = 12_000 } = options;
  const sizes: MeasuredSize[] = [];
  let spentMs = await busyMs(1, options);
  for (let windows = 1; windows * windowTokens <= mostTokens; windows *= 2) {
    const expectedMs = 2 * (sizes.at(-1)?.milliseconds ?? 0);
    const isOver = leastRounds * (spentMs + expectedMs) > limitMs;
    if (sizes.length > 1 && isOver) return { sizes, end: 'time', spentMs };
    const sample = await sampleOf(windows, options).catch((error: unknown) => {
      const isRefusal = error instanceof ToeditError && error.code === 'INFERENCE_FAILED';
      // Not of one window: that is no matter of the size.
      if (isRefusal && windows > 1) return null;
      throw error;
    });
    if (sample === null) return { sizes, end: 'refused', spentMs };
    spentMs += sample.spentMs;
    sizes.push({ windows, milliseconds: sample.milliseconds });
    if (isLevel(sizes, windowTokens)) return { sizes, end: 'level', spentMs };
  }
  return { sizes, end: 'largest', spentMs };
}

/** Below this, a level may be chance. */
const leastLevel = 1024;

function isLevel(sizes: readonly MeasuredSize[], windowTokens: number): boolean {
  const [before, last] = sizes
    .slice(-2)
    .map(({ windows, milliseconds }) => ({ tokens: windows * windowTokens, milliseconds }));
  if (before === undefined || last === undefined || last.tokens <= leastLevel) return false;
  return rateOf(last) < 1.02 * rateOf(before);
}

/** Passes of one size, for as long as a sample takes at least. */
const sampleMs = 50;
const mostPasses = 16;

/** The mean time of a few passes of one size. */
async function sampleOf(
  windows: number,
  options: PassesToMeasure,
): Promise<{ readonly milliseconds: number; readonly spentMs: number }> {
  let spentMs = 0;
  let count = 0;
  while (count === 0 || (count < mostPasses && spentMs < sampleMs)) {
    spentMs += await busyMs(windows, options);
    count++;
  }
  return { milliseconds: spentMs / count, spentMs };
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

/** Keeps a measurement; false where that cannot be, or it is noisy: then the next run measures again. */
export async function writeTuning(file: string, tuning: Tuning): Promise<boolean> {
  if (isNoisy(tuning.passes)) return false;
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
  const { tokens, milliseconds, spread } = (pass ?? {}) as Partial<MeasuredPass>;
  const isTime = typeof milliseconds === 'number' && milliseconds > 0;
  // Those of earlier versions of toedit have no spread.
  return isCount(tokens, 1) && isTime && typeof spread === 'number';
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= 2 ** 24;
}
