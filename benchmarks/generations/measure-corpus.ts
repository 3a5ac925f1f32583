import { entropy } from '../../src/analysis/features/bucket-measures.ts';
import type { NgramCounts } from './count-ngrams.ts';

/** How varied a corpus is, from its n-gram counts. */
export interface CorpusMeasures {
  readonly tokens: number;
  readonly documents: number;
  /** Distinct tokens. */
  readonly vocabulary: number;
  /** Of tokens, in bits. */
  readonly entropy: number;
  /** The share of the tokens that are rare in the first corpus. */
  readonly tailMass: number;
  /** By n from 1 on, distinct n-grams over n-grams; comparable for corpora of the same size alone. */
  readonly distinct: readonly number[];
}

/** The share of a corpus's tokens that its tail makes up. */
const tailShare = 0.05;

/** By token id, 1 where it is rare: the rarest tokens that together make up 5 % of a corpus, at most, and those that are not in it. */
export function tailOf({ unigrams }: Pick<NgramCounts, 'unigrams'>): Uint8Array {
  const total = unigrams.reduce((sum, count) => sum + count, 0);
  const rising = Array.from(unigrams.keys()).sort(
    (one, other) => (unigrams[one] ?? 0) - (unigrams[other] ?? 0) || one - other,
  );
  const isRare = new Uint8Array(unigrams.length);
  let mass = 0;
  for (const token of rising) {
    mass += unigrams[token] ?? 0;
    if (mass > tailShare * total) break;
    isRare[token] = 1;
  }
  return isRare;
}

/** Measures of a corpus; what is rare is known of the first one. */
export function measureCorpus(counts: NgramCounts, isRare: Uint8Array): CorpusMeasures {
  const { unigrams, documents, occurrences, distinct, order } = counts;
  const tokens = unigrams.reduce((sum, count) => sum + count, 0);
  const rare = unigrams.reduce((sum, count, id) => sum + (isRare[id] === 1 ? count : 0), 0);
  return {
    ...{ tokens, documents },
    vocabulary: unigrams.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
    entropy: entropy(unigrams) / Math.LN2,
    tailMass: rare / tokens,
    distinct: Array.from(
      { length: order },
      (_, n) => (distinct[n + 1] ?? 0) / (occurrences[n + 1] ?? 0),
    ),
  };
}

/** The share of tokens that are not those of the other corpus at the same place; both have the same rows of the same lengths. */
export function changedShare(rows: Iterable<Int32Array>, others: Iterable<Int32Array>): number {
  const remaining = others[Symbol.iterator]();
  let [changed, tokens] = [0, 0];
  for (const ids of rows) {
    const { value } = remaining.next() as { readonly value: Int32Array | undefined };
    tokens += ids.length;
    for (let at = 0; at < ids.length; at++) if (ids[at] !== value?.[at]) changed++;
  }
  return changed / tokens;
}
