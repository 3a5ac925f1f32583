import { boundaryTokens } from './count-ngrams.ts';
import { type Context, interpolate, type NgramModel, probability } from './ngram-model.ts';
import { countOf } from './ngram-trie.ts';

/** The tokens behind each node of a model, by falling count. */
export interface Continuations {
  readonly model: NgramModel;
  /** Where a node's own begin: those of node i are `nodes[starts[i] .. starts[i + 1]]`. */
  readonly starts: Int32Array;
  readonly nodes: Int32Array;
  /** The sum of counts up to each, of its node. */
  readonly sums: Float64Array;
}

/** Sorts what a model has met. */
export function continuationsOf(model: NgramModel): Continuations {
  const { trie, types } = model;
  const starts = new Int32Array(trie.size + 1);
  for (let node = 0; node < trie.size; node++) {
    starts[node + 1] = (starts[node] ?? 0) + (types[node] ?? 0);
  }
  const nodes = childrenByParent(model, starts);
  const sums = new Float64Array(nodes.length);
  for (let node = 0; node < trie.size; node++) {
    const [from, end] = [starts[node] ?? 0, starts[node + 1] ?? 0];
    sortByCount(nodes.subarray(from, end), trie.counts);
    let sum = 0;
    for (let at = from; at < end; at++) {
      sum += trie.counts[nodes[at] ?? 0] ?? 0;
      sums[at] = sum;
    }
  }
  return { model, starts, nodes, sums };
}

/** The nodes that count, those of a parent together. */
function childrenByParent({ trie }: NgramModel, starts: Int32Array): Int32Array {
  const nodes = new Int32Array(starts[trie.size] ?? 0);
  const next = starts.slice(0, trie.size);
  for (let node = 1; node < trie.size; node++) {
    if (trie.counts[node] === 0) continue;
    const parent = trie.parents[node] ?? 0;
    const at = next[parent] ?? 0;
    nodes[at] = node;
    next[parent] = at + 1;
  }
  return nodes;
}

/** Nodes are below 2^27, counts below 2^26: together they are one number that a double holds. */
const nodeLimit = 2 ** 27;

/** By falling count; those of the same count by node, which is the order in which they were met. */
function sortByCount(nodes: Int32Array, counts: Int32Array): void {
  if (nodes.length < 2) return;
  const keys = Float64Array.from(nodes, (node) => node - (counts[node] ?? 0) * nodeLimit).sort();
  keys.forEach((key, at) => {
    nodes[at] = ((key % nodeLimit) + nodeLimit) % nodeLimit;
  });
}

/**
 * Draws the next token, or the end, by a uniform number in [0, 1): exactly as the model has it, but that tokens it has never met
 * are not drawn: their share goes to the unigrams.
 */
export function drawNext(continuations: Continuations, context: Context, uniform: number): number {
  const { model, starts, nodes, sums } = continuations;
  let left = uniform;
  for (let n = model.order; n >= 1; n--) {
    const node = context[n - 1] ?? -1;
    const total = model.totals[node] ?? 0;
    if (total === 0) continue;
    const discount = n === 1 ? 0 : (model.discounts[n] ?? 0);
    const lent = discount * (model.types[node] ?? 0);
    const own = total - lent;
    if (left * total < own) {
      const masses = { sums, from: starts[node] ?? 0, end: starts[node + 1] ?? 0, discount };
      return tokenAt(continuations, nodes[firstAbove(masses, left * total)]);
    }
    left = (left * total - own) / lent;
  }
  return boundaryTokens(model).end;
}

function tokenAt({ model }: Continuations, node = 0): number {
  return model.trie.tokens[node] ?? 0;
}

interface Masses {
  readonly sums: Float64Array;
  readonly from: number;
  readonly end: number;
  readonly discount: number;
}

/** The first of a node's continuations up to which their discounted counts exceed a number; the last one where none is. */
function firstAbove({ sums, from, end, discount }: Masses, target: number): number {
  let [low, high] = [from, end - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const mass = (sums[middle] ?? 0) - discount * (middle + 1 - from);
    if (mass > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Tokens with their probabilities, by falling probability. */
export interface LikelyTokens {
  readonly ids: readonly number[];
  readonly probabilities: readonly number[];
}

/**
 * The likeliest tokens behind a context, without the end; fewer than asked for where the model has met fewer.
 *
 * From order to order: those behind the longer context, and the likeliest of the order below. Of the others none can be among them, since
 * the context lowers all it has not met alike. Continuations come by falling count, so the search ends where no later one can do.
 */
export function likeliest(continuations: Continuations, context: Context, k: number): LikelyTokens {
  const { model } = continuations;
  const { end } = boundaryTokens(model);
  // The end takes a place on the way, and is left out at last.
  const wanted = k + 1;
  let best: readonly Ranked[] = [];
  for (let n = 1; n <= model.order; n++) {
    const node = context[n - 1] ?? -1;
    if ((model.totals[node] ?? 0) > 0) {
      best = likeliestBehind(continuations, { context, n, node, below: best }, wanted);
    }
  }
  const found = best.filter(({ token }) => token !== end).slice(0, k);
  return {
    ids: found.map(({ token }) => token),
    probabilities: found.map((token) => token.probability),
  };
}

interface Level {
  readonly context: Context;
  readonly n: number;
  readonly node: number;
  /** The likeliest of the order below. */
  readonly below: readonly Ranked[];
}

function likeliestBehind(
  continuations: Continuations,
  { context, n, node, below }: Level,
  wanted: number,
): readonly Ranked[] {
  const { model, starts, nodes } = continuations;
  const at = (count: number, ofBelow: number): number =>
    interpolate(model, { n, node, count }, ofBelow);
  const best: Ranked[] = [];
  for (const { token, probability: ofBelow } of below) {
    insert(best, { token, probability: at(countOf(model.trie, node, token), ofBelow) });
  }
  // What is not among the likeliest of the order below is no likelier there than the last of them.
  const mostOfOthers = below.at(-1)?.probability ?? 1 / (model.vocabulary + 1);
  for (const child of nodes.subarray(starts[node], starts[node + 1])) {
    const bound = at(model.trie.counts[child] ?? 0, mostOfOthers);
    if (bound < (best[wanted - 1]?.probability ?? 0)) break;
    const token = tokenAt(continuations, child);
    if (below.some((other) => other.token === token)) continue;
    insert(best, { token, probability: probability(model, context, token, n) });
    if (best.length > wanted) best.pop();
  }
  return best;
}

/** Puts a token into its place by falling probability, ties by rising id. */
function insert(best: Ranked[], item: Ranked): void {
  let place = best.length;
  while (place > 0 && comesBefore(item, best[place - 1] ?? item)) place--;
  best.splice(place, 0, item);
}

function comesBefore(one: Ranked, other: Ranked): boolean {
  const difference = one.probability - other.probability;
  return difference > 0 || (difference === 0 && one.token < other.token);
}

interface Ranked {
  readonly token: number;
  readonly probability: number;
}
