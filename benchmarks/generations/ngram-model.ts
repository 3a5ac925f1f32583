import { beginning, boundaryTokens, type NgramCounts, type NgramSetting } from './count-ngrams.ts';
import { childOf, countOf, type NgramTrie } from './ngram-trie.ts';

/**
 * An interpolated Kneser-Ney model: the probability of a token w behind a context of n - 1 tokens is
 * (max(c - D_n, 0) + D_n N P_{n-1}) / C, where c is the count of the n-gram, C the sum of the counts of all tokens there and N how many they
 * are. Counts of lower orders are of distinct tokens before. A context that was never met has the probabilities of the shorter one; below
 * the unigrams all tokens, and the end, are equally likely.
 *
 * Source: Chen and Goodman, An empirical study of smoothing techniques for language modeling (1998), eq. 2.14 and 2.15, one discount an order.
 */
export interface NgramModel extends NgramSetting {
  readonly trie: NgramTrie;
  /** D by n. */
  readonly discounts: Float64Array;
  /** By node, C and N of the tokens behind it. */
  readonly totals: Float64Array;
  readonly types: Int32Array;
  readonly unigrams: Float64Array;
}

/** Settings of {@link ngramModel}. */
export interface NgramModelOptions {
  /** D by n, from 1 on, each in [0, 1]. @defaultValue n₁ / (n₁ + 2 n₂), of how many n-grams have the count 1 and 2 */
  readonly discounts?: readonly number[] | undefined;
}

/** Makes a model of counts, which must not change any more. */
export function ngramModel(counts: NgramCounts, options: NgramModelOptions = {}): NgramModel {
  const { trie, order, vocabulary, unigrams } = counts;
  const totals = new Float64Array(trie.size);
  const types = new Int32Array(trie.size);
  for (let node = 1; node < trie.size; node++) {
    const count = trie.counts[node] ?? 0;
    const parent = trie.parents[node] ?? 0;
    if (count === 0) continue;
    totals[parent] = (totals[parent] ?? 0) + count;
    types[parent] = (types[parent] ?? 0) + 1;
  }
  const given = options.discounts;
  const discounts = given === undefined ? discountsOf(counts) : Float64Array.of(0, ...given);
  return { trie, order, vocabulary, unigrams, totals, types, discounts };
}

/** Half where no n-gram of the order has a count of 1, or none has 2: then the estimate is 0, or takes all. */
function discountsOf({ trie, order }: NgramCounts): Float64Array {
  const ones = new Float64Array(order + 1);
  const twos = new Float64Array(order + 1);
  for (let node = 1; node < trie.size; node++) {
    const level = trie.levels[node] ?? 0;
    if (trie.counts[node] === 1) ones[level] = (ones[level] ?? 0) + 1;
    if (trie.counts[node] === 2) twos[level] = (twos[level] ?? 0) + 1;
  }
  return ones.map((one, n) => {
    const two = twos[n] ?? 0;
    return one === 0 || two === 0 ? 0.5 : one / (one + 2 * two);
  });
}

/** The nodes of the last tokens, by how many, as {@link beginning} has them; -1 where the model has not met them. */
export type Context = Int32Array;

/** What stands before a document. */
export function firstContext(model: NgramModel): Context {
  return beginning(model, (node, token) => childOf(model.trie, node, token));
}

/** Moves on by a token. */
export function advance({ trie, order }: NgramModel, context: Context, token: number): void {
  for (let n = order - 1; n >= 1; n--) context[n] = childOf(trie, context[n - 1] ?? -1, token);
}

/** The probability of a token, or of the end, behind a context. */
export function probability(
  model: NgramModel,
  context: Context,
  token: number,
  order: number = model.order,
): number {
  const { trie, totals } = model;
  let likelihood = 1 / (model.vocabulary + 1);
  for (let n = 1; n <= order; n++) {
    const node = context[n - 1] ?? -1;
    if (node < 0 || totals[node] === 0) continue;
    const count = countOf(trie, node, token);
    likelihood = interpolate(model, { n, node, count }, likelihood);
  }
  return likelihood;
}

/** The probability of a token with that count behind a node, from that of the order below. */
export function interpolate(
  { discounts, totals, types }: NgramModel,
  { n, node, count }: { readonly n: number; readonly node: number; readonly count: number },
  below: number,
): number {
  const discount = discounts[n] ?? 0;
  const kept = Math.max(count - discount, 0);
  return (kept + discount * (types[node] ?? 0) * below) / (totals[node] ?? 0);
}

/** The natural-log probability of each token of a document, and of its end: `[tokens + 1]`. */
export function documentLogprobs(model: NgramModel, tokenIds: Int32Array): Float64Array {
  const context = firstContext(model);
  const { end } = boundaryTokens(model);
  const logprobs = new Float64Array(tokenIds.length + 1);
  for (let at = 0; at <= tokenIds.length; at++) {
    const token = tokenIds[at] ?? end;
    logprobs[at] = Math.log(probability(model, context, token));
    if (at < tokenIds.length) advance(model, context, token);
  }
  return logprobs;
}

/** exp(-mean ln P) over all tokens and ends of documents. */
export function perplexity(model: NgramModel, documents: readonly Int32Array[]): number {
  let [sum, count] = [0, 0];
  for (const tokenIds of documents) {
    for (const logprob of documentLogprobs(model, tokenIds)) sum += logprob;
    count += tokenIds.length + 1;
  }
  return Math.exp(-sum / count);
}
