import type { ResamplingOptions } from './resampling-options.ts';

/** The most probable tokens at a position: ids and natural-log probabilities under the whole vocabulary, in parallel. */
export interface Candidates {
  readonly ids: Int32Array;
  readonly logprobs: Float32Array;
}

/** What a draw depends on beside its candidates. */
export type DrawRule = Pick<ResamplingOptions, 'topK' | 'topP' | 'temperature' | 'excludeOriginal'>;

/** Draws a token id by a uniform number in [0, 1); -1 where the rule leaves no candidate. */
export type CandidateDraw = (candidates: Candidates, originalId: number, uniform: number) => number;

/**
 * A draw by inverse distribution function: candidates by falling probability, ties by rising id, whatever order they
 * are given in; the first `topK`; of these the shortest prefix with probability `topP` or more; without the original
 * token where it is excluded; weights P^(1 / temperature), in float64. Specification: docs/algorithm.md.
 *
 * Under the usual threshold of 0.99, a `topP` of 0.99 leaves the original token alone: nothing is changed.
 */
export function candidateDraw(rule: DrawRule): CandidateDraw {
  const pool = newPool(rule.topK);
  return (candidates, originalId, uniform) => {
    gather(pool, candidates, { ...rule, originalId });
    return pool.size === 0 ? -1 : pickByWeight(pool, rule.temperature, uniform);
  };
}

/** An empty pool of at most so many candidates. */
export function newPool(topK: number): Pool {
  return {
    ids: new Int32Array(topK),
    logprobs: new Float64Array(topK),
    weights: new Float64Array(topK),
    size: 0,
  };
}

/** Fills a pool with the candidates that a rule leaves, in order. */
export function gather(
  pool: Pool,
  candidates: Candidates,
  rule: Pick<DrawRule, 'topP' | 'excludeOriginal'> & { readonly originalId: number },
): void {
  fillPool(pool, candidates);
  if (rule.topP < 1) cutNucleus(pool, rule.topP);
  if (rule.excludeOriginal) removeId(pool, rule.originalId);
}

/** The candidates of one draw, in order; used again by the next, since draws are many. */
export interface Pool {
  readonly ids: Int32Array;
  readonly logprobs: Float64Array;
  readonly weights: Float64Array;
  size: number;
}

/** Keeps the first candidates in order, as many as there is room for. A token of probability 0 is no candidate. */
function fillPool(pool: Pool, { ids, logprobs }: Candidates): void {
  pool.size = 0;
  for (let index = 0; index < ids.length; index++) {
    const logprob = logprobs[index] ?? Number.NEGATIVE_INFINITY;
    if (logprob > Number.NEGATIVE_INFINITY) insert(pool, ids[index] ?? 0, logprob);
  }
}

/** Sorts by insertion: candidates come in order but for ties that a device broke its own way. */
function insert(pool: Pool, id: number, logprob: number): void {
  const { ids, logprobs } = pool;
  let place = pool.size;
  while (place > 0 && comesBefore(id, logprob, ids[place - 1] ?? 0, logprobs[place - 1] ?? 0)) {
    place--;
  }
  if (place === ids.length) return;
  ids.copyWithin(place + 1, place, pool.size);
  logprobs.copyWithin(place + 1, place, pool.size);
  ids[place] = id;
  logprobs[place] = logprob;
  pool.size = Math.min(pool.size + 1, ids.length);
}

/** A candidate's natural-log probability, and its place in their order, from 1. */
export function rankOf(
  { ids, logprobs }: Candidates,
  id: number,
): { readonly newLogprob: number; readonly rank: number } {
  const own = logprobs[ids.indexOf(id)] ?? Number.NaN;
  let rank = 1;
  for (let index = 0; index < ids.length; index++) {
    if (comesBefore(ids[index] ?? 0, logprobs[index] ?? 0, id, own)) rank++;
  }
  return { newLogprob: own, rank };
}

function comesBefore(id: number, logprob: number, otherId: number, otherLogprob: number): boolean {
  return logprob > otherLogprob || (logprob === otherLogprob && id < otherId);
}

function cutNucleus(pool: Pool, topP: number): void {
  let mass = 0;
  let size = 0;
  while (size < pool.size && mass < topP) {
    mass += Math.exp(pool.logprobs[size] ?? 0);
    size++;
  }
  pool.size = size;
}

function removeId(pool: Pool, id: number): void {
  const index = pool.ids.subarray(0, pool.size).indexOf(id);
  if (index === -1) return;
  pool.ids.copyWithin(index, index + 1, pool.size);
  pool.logprobs.copyWithin(index, index + 1, pool.size);
  pool.size--;
}

/** Fills in the weights of a pool's candidates; returns their sum. */
export function weigh(pool: Pool, temperature: number): number {
  const largest = pool.logprobs[0] ?? 0;
  let total = 0;
  for (let index = 0; index < pool.size; index++) {
    const weight = Math.exp(((pool.logprobs[index] ?? 0) - largest) / temperature);
    pool.weights[index] = weight;
    total += weight;
  }
  return total;
}

function pickByWeight(pool: Pool, temperature: number, uniform: number): number {
  const target = uniform * weigh(pool, temperature);
  let index = 0;
  for (let mass = pool.weights[0] ?? 0; mass <= target && index < pool.size - 1; index++) {
    mass += pool.weights[index + 1] ?? 0;
  }
  return pool.ids[index] ?? -1;
}
