import { ToeditError } from '../errors.ts';
import type { MicroBatch, MicroBatchScores } from '../inference/micro-batch.ts';

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
