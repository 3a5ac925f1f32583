import type { Source } from '../../src/operator.ts';
import { ensureChild, type NgramTrie, newTrie } from './ngram-trie.ts';
import { tokenRows } from './token-batches.ts';

/** What is counted, and in which tokens: from 0 to `vocabulary` - 1. */
export interface NgramSetting {
  /** The longest n-gram, 1 to 5 and more. */
  readonly order: number;
  readonly vocabulary: number;
}

/** Counts of n-grams, as Kneser and Ney's model wants them, and of what a corpus is made of. */
export interface NgramCounts extends NgramSetting {
  readonly trie: NgramTrie;
  documents: number;
  /** By token id, how often it stands in the corpus. */
  readonly unigrams: Float64Array;
  /** By n, n-grams inside documents, and how many of them are distinct. */
  readonly occurrences: Float64Array;
  readonly distinct: Float64Array;
}

/** The token that ends a document, which is predicted as the others are, and the one that begins it, which is not. */
export function boundaryTokens({ vocabulary }: Pick<NgramSetting, 'vocabulary'>): {
  readonly end: number;
  readonly begin: number;
} {
  return { end: vocabulary, begin: vocabulary + 1 };
}

/** Counts of no document. */
function newCounts({ order, vocabulary }: NgramSetting): NgramCounts {
  return {
    ...{ order, vocabulary, trie: newTrie(), documents: 0 },
    unigrams: new Float64Array(vocabulary),
    occurrences: new Float64Array(order + 1),
    distinct: new Float64Array(order + 1),
  };
}

/** Counts the rows of a stream of record batches with `token_ids`; batches are not kept. */
export async function countNgrams(source: Source, setting: NgramSetting): Promise<NgramCounts> {
  const counts = newCounts(setting);
  for await (const batch of source) {
    for (const tokenIds of tokenRows(batch)) countDocument(counts, tokenIds);
  }
  return counts;
}

/** Counts a document: as if begins stood before it, one fewer than the order, and one end behind it. */
function countDocument(counts: NgramCounts, tokenIds: Int32Array): void {
  const { trie, order, occurrences, distinct, unigrams } = counts;
  const history = beginning(counts, (node, token) => ensureChild(trie, node, token));
  counts.documents++;
  tokenIds.forEach((token, position) => {
    unigrams[token] = (unigrams[token] ?? 0) + 1;
    observe(counts, history, { token, inside: position + 1 });
  });
  for (let n = 1; n <= order; n++) {
    occurrences[n] = (occurrences[n] ?? 0) + Math.max(0, tokenIds.length - n + 1);
  }
  const { end } = boundaryTokens(counts);
  observe({ trie, order, distinct }, history, { token: end, inside: 0 });
}

/**
 * The nodes of what stands before a document, by how many tokens of it, `[order]`: from none to one fewer than the order.
 *
 * @param next - the node behind a node and a token; -1 where there is none
 */
export function beginning(
  setting: NgramSetting,
  next: (node: number, token: number) => number,
): Int32Array {
  const { begin } = boundaryTokens(setting);
  const history = new Int32Array(setting.order);
  for (let n = 1; n < setting.order; n++) history[n] = next(history[n - 1] ?? -1, begin);
  return history;
}

interface Observed {
  readonly token: number;
  /** How long an n-gram that ends here lies inside the document. */
  readonly inside: number;
}

/**
 * Counts a token behind what stands before it, and moves on. A new n-gram is a new token before the (n - 1)-gram that it ends with, so
 * the lower orders' counts of Kneser and Ney need no second pass.
 */
function observe(
  { trie, order, distinct }: Pick<NgramCounts, 'trie' | 'order' | 'distinct'>,
  history: Int32Array,
  { token, inside }: Observed,
): void {
  let shorter = 0;
  for (let n = 1; n <= order; n++) {
    const known = trie.size;
    const node = ensureChild(trie, history[n - 1] ?? 0, token);
    if (node === known) {
      if (n > 1) trie.counts[shorter] = (trie.counts[shorter] ?? 0) + 1;
      if (n <= inside) distinct[n] = (distinct[n] ?? 0) + 1;
    }
    if (n > 1) history[n - 1] = shorter;
    shorter = node;
  }
  trie.counts[shorter] = (trie.counts[shorter] ?? 0) + 1;
}
