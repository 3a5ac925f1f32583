/** Counts tokens as they come, and names the most frequent so far. */
export interface FrequentTokens {
  add(tokenIds: Int32Array): void;
  /** True where there is reason to ask again: at first, and when about as much has come again as was there before. */
  isDue(): boolean;
  /** The `count` most frequent ids, or all; filled up with the first ids, which most tokenizers give to the most frequent. */
  take(count: number): Int32Array;
}

/** Starts to count; older tokens count less and less. */
export function frequentTokens(vocabularySize: number): FrequentTokens {
  const counts = new Uint32Array(vocabularySize);
  let seen = 0;
  let due = 0;
  return {
    add(tokenIds) {
      for (const id of tokenIds) counts[id] = (counts[id] ?? 0) + 1;
      seen += tokenIds.length;
    },
    isDue: () => seen >= due,
    take(count) {
      const frequency = (id: number): number => counts[id] ?? 0;
      const met = Int32Array.from(counts.keys()).filter((id) => frequency(id) > 0);
      met.sort((a, b) => frequency(b) - frequency(a) || a - b);
      const taken = met.subarray(0, count);
      const first = Int32Array.from(counts.keys()).filter((id) => frequency(id) === 0);
      due = seen + Math.min(Math.max(seen, 1), memory);
      if (seen >= memory) {
        counts.forEach((number, id) => {
          counts[id] = number >> 1;
        });
      }
      return Int32Array.of(...taken, ...first.subarray(0, count - taken.length));
    },
  };
}

/** Tokens after which counts are halved. */
const memory = 2 ** 16;
