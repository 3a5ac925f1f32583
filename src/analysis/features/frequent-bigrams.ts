/** The bigrams met most often, with their counts: bounded, and exact as long as nothing was left out. */
export interface FrequentBigrams {
  /** By the bigram: two tokens in lower case with a space between. */
  readonly counts: Map<string, number>;
  /** No bigram was met more often than its count, or 0, and this. */
  undercount: number;
}

/** Of a state so many bigrams are kept at most. */
export const keptBigrams = 4096;

/** While texts are counted, and states are merged, more are: a bigram may be rare in many parts. */
export const heldBigrams = 4 * keptBigrams;

/** Longer ones are not listed, in bytes; they count in the buckets. */
export const longestBigram = 128;

/** An empty list. */
export function newBigrams(): FrequentBigrams {
  return { counts: new Map(), undercount: 0 };
}

/** Adds to a bigram's count. */
export function addBigram({ counts }: FrequentBigrams, bigram: string, count: number): void {
  counts.set(bigram, (counts.get(bigram) ?? 0) + count);
}

/** Adds what another list has counted; the sum may be longer than a list is kept. */
export function mergeBigrams(into: FrequentBigrams, from: FrequentBigrams): void {
  for (const [bigram, count] of from.counts) addBigram(into, bigram, count);
  into.undercount += from.undercount;
}

/** Drops the rarest of a list that is over `most`, equal ones together, and notes what that may cost a count. */
export function dropRareBigrams(bigrams: FrequentBigrams, most: number): void {
  const { counts } = bigrams;
  if (counts.size <= most) return;
  const cut = largestCut(Float64Array.from(counts.values()), most);
  for (const [bigram, count] of counts) if (count <= cut) counts.delete(bigram);
  bigrams.undercount += cut;
}

/** The least count such that at most `most` of the counts are above it; 0 where all may stay. */
export function largestCut(counts: Float64Array, most: number): number {
  if (counts.length <= most) return 0;
  // Nearly all are small: sorting the others only is many times as fast.
  const bySize = new Float64Array(smallCount + 1);
  for (const count of counts) {
    const size = Math.min(count, smallCount);
    bySize[size] = (bySize[size] ?? 0) + 1;
  }
  let above = counts.length;
  for (let count = 0; count < smallCount; count++) {
    above -= bySize[count] ?? 0;
    if (above <= most) return count;
  }
  const sorted = counts.filter((count) => count >= smallCount).toSorted();
  return sorted[sorted.length - most - 1] ?? 0;
}

const smallCount = 1024;

/** The most frequent bigrams, those of one count by their UTF-16 units. */
export function topBigrams(
  { counts }: FrequentBigrams,
  most: number,
): readonly { readonly bigram: string; readonly count: number }[] {
  return [...counts]
    .map(([bigram, count]) => ({ bigram, count }))
    .toSorted((one, other) => other.count - one.count || (one.bigram < other.bigram ? -1 : 1))
    .slice(0, most);
}
