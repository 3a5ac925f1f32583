import type { WeightCache } from './weight-cache.ts';

/** Some tokens of the vocabulary, with their weights as one matrix. */
export interface TokenSubset {
  /** Float32 `[columns, hidden]`; the last row, of zeros, is no token's. */
  readonly weights: Float32Array;
  readonly columns: number;
  /** The column of a token; the last one where it is not in the subset. */
  column(id: number): number;
  /** The greatest norm among the rows. */
  readonly norm: number;
}

/** Makes a subset of tokens, no id twice. */
export async function tokenSubset(ids: Int32Array, cache: WeightCache): Promise<TokenSubset> {
  await cache.load(ids);
  const weights = new Float32Array((ids.length + 1) * cache.hidden);
  const columns = new Map<number, number>();
  let norm = 0;
  ids.forEach((id, column) => {
    weights.set(cache.row(id), column * cache.hidden);
    columns.set(id, column);
    norm = Math.max(norm, cache.norm(id));
  });
  return {
    weights,
    columns: ids.length + 1,
    column: (id) => columns.get(id) ?? ids.length,
    norm,
  };
}
