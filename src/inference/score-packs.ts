import pLimit from 'p-limit';
import { ToeditError } from '../errors.ts';
import type { MicroBatch, MicroBatchBudget, MicroBatchScores } from './micro-batch.ts';
import {
  halvesOf,
  microBatchOf,
  type PackedWindows,
  type PackOptions,
  packedTokens,
  packWindows,
} from './pack-windows.ts';

/** How {@link scorePacks} goes about it. */
export interface PacksScoring extends PackScoring {
  /** Packs that are scored at once. */
  readonly concurrency: number;
  /** Called with the parts of each pack as they come, in any order. */
  readonly onScored: (parts: readonly ScoredPack[]) => void;
  /** Called when the last pack is begun. */
  readonly onHandedOut: () => void;
}

/**
 * Scores packs, a few at once; the next is begun as soon as any is through, so that a slow engine holds no other. What is under
 * way at a failure is left to end on its own.
 *
 * @returns their parts, in the order of the packs.
 * @throws the first failure, of a pack or of `onScored`.
 */
export async function scorePacks(
  packs: readonly PackedWindows[],
  { concurrency, onScored, onHandedOut, ...scoring }: PacksScoring,
): Promise<readonly ScoredPack[]> {
  const limit = pLimit(concurrency);
  let left = packs.length;
  const all = limit.map(packs, async (pack) => {
    const scored = scorePacked(pack, scoring);
    if (--left === 0) onHandedOut();
    const parts = await scored;
    onScored(parts);
    return parts;
  });
  try {
    return (await all).flat();
  } finally {
    limit.clearQueue();
  }
}

/** What became of packed windows: their scores, or why the device refused a window that was alone. */
export type ScoredPack =
  | { readonly pack: PackedWindows; readonly scores: MicroBatchScores }
  | { readonly pack: PackedWindows; readonly scores: null; readonly failure: ToeditError };

/** A micro-batch of several windows that the device refused. */
export interface HalvedMicroBatch {
  readonly windows: number;
  /** Padding included. */
  readonly tokens: number;
  /** What the device said. */
  readonly failure: ToeditError;
}

/** The device, and how it is asked. */
export interface PackScoring {
  readonly score: (batch: MicroBatch) => Promise<MicroBatchScores>;
  readonly asked: PackOptions & Pick<MicroBatch, 'logThreshold' | 'topK' | 'scores'>;
  readonly budget: MicroBatchBudget;
  readonly onHalved: (report: HalvedMicroBatch) => void;
}

/**
 * Scores packed windows. A micro-batch that the device refuses (out of memory, say) is halved, down to single windows;
 * scores do not depend on it. What fitted then bounds the budget, unless a window was refused even alone: then it was the
 * window, not the size.
 *
 * @throws ToeditError INFERENCE_FAILED where the device refuses two tokens too: then it is the device, not the window.
 *   Whatever else `score` throws.
 */
async function scorePacked(
  pack: PackedWindows,
  scoring: PackScoring,
): Promise<readonly ScoredPack[]> {
  const { asked, budget } = scoring;
  const isAlone = pack.windows.length === 1;
  if (!isAlone && packedTokens(pack) > budget.maxTokens) {
    const smaller = { ...asked, maxBatchTokens: budget.maxTokens };
    return scoreEach(packWindows(pack.windows, smaller), scoring);
  }
  try {
    return [{ pack, scores: await scoring.score(microBatchOf(pack, asked)) }];
  } catch (failure) {
    if (!isRefusal(failure)) throw failure;
    if (!isAlone) return scoreHalves(pack, failure, scoring);
    await requireDevice(failure, scoring);
    return [{ pack, scores: null, failure }];
  }
}

function isRefusal(failure: unknown): failure is ToeditError {
  return failure instanceof ToeditError && failure.code === 'INFERENCE_FAILED';
}

async function scoreEach(
  packs: readonly PackedWindows[],
  scoring: PackScoring,
): Promise<readonly ScoredPack[]> {
  const scored: ScoredPack[] = [];
  for (const pack of packs) scored.push(...(await scorePacked(pack, scoring)));
  return scored;
}

async function scoreHalves(
  pack: PackedWindows,
  failure: ToeditError,
  scoring: PackScoring,
): Promise<readonly ScoredPack[]> {
  scoring.onHalved({ windows: pack.windows.length, tokens: packedTokens(pack), failure });
  const halves = halvesOf(pack, scoring.asked);
  const scored = await scoreEach(halves, scoring);
  if (scored.every(({ scores }) => scores !== null)) {
    scoring.budget.lower(Math.max(...halves.map(packedTokens)));
  }
  return scored;
}

/** A device that takes nothing any more must not pass for a corpus of documents that it cannot take. */
async function requireDevice(failure: ToeditError, { score, asked }: PackScoring): Promise<void> {
  const least = { size: 1, width: 2, tokenIds: new Int32Array(2), spans: Int32Array.of(1, 2) };
  try {
    await score({ ...asked, ...least });
  } catch (error) {
    throw isRefusal(error) ? failure : error;
  }
}
