/** Weights of single tokens, kept as long as there is room. */
export interface WeightCache {
  readonly hidden: number;
  /** How many rows there is room for. */
  readonly capacity: number;
  /** Makes the rows of these tokens, at most `capacity`, available. */
  load(ids: Int32Array): Promise<void>;
  /** `[hidden]`: the weights of a token of the last `load`, a view. */
  row(id: number): Float32Array;
  /** Their Euclidean norm. */
  norm(id: number): number;
}

/** What a {@link WeightCache} is made of. */
export interface WeightSource {
  readonly hidden: number;
  readonly vocabularySize: number;
  /** Bound on the weights kept, in bytes; at least 1,024 rows are. */
  readonly bytes: number;
  /** Float32 `[ids, hidden]`. */
  readonly fetch: (ids: Int32Array) => Promise<Float32Array>;
}

/**
 * Keeps rows that were fetched, since a fetch may have to pick one number out of every row of a large matrix; forgets them all
 * where there is no room for the next.
 */
export function weightCache({ hidden, vocabularySize, bytes, fetch }: WeightSource): WeightCache {
  const room = Math.max(1024, Math.floor(bytes / (4 * hidden)));
  const capacity = Math.min(vocabularySize, room);
  const weights = new Float32Array(capacity * hidden);
  const norms = new Float64Array(capacity);
  const slots = new Int32Array(vocabularySize).fill(-1);
  let used = 0;
  const slot = (id: number): number => slots[id] ?? -1;
  const row = (at: number): Float32Array => weights.subarray(at * hidden, (at + 1) * hidden);
  return {
    hidden,
    capacity,
    async load(ids) {
      const wanted = Int32Array.from(new Set(ids)).sort();
      let missing = wanted.filter((id) => slot(id) === -1);
      if (missing.length === 0) return;
      if (used + missing.length > capacity) {
        slots.fill(-1);
        used = 0;
        missing = wanted;
      }
      weights.set(await fetch(missing), used * hidden);
      for (const id of missing) {
        norms[used] = norm(row(used));
        slots[id] = used++;
      }
    },
    row: (id) => row(slot(id)),
    norm: (id) => norms[slot(id)] ?? Number.NaN,
  };
}

function norm(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
