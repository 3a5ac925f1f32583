import pLimit from 'p-limit';
import type { PackedWindows } from './pack-windows.ts';
import { type PackScoring, type ScoredPack, scorePacked } from './score-packed.ts';

/** How {@link scorePacks} goes about it. */
export interface PacksScoring extends PackScoring {
  /** Packs that are scored at once. */
  readonly concurrency: number;
  /** Told of the parts of each pack as they come, in any order. */
  readonly onScored: (parts: readonly ScoredPack[]) => void;
  /** Told when the last pack is begun. */
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
