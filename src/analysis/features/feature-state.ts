import { type DistinctSketch, mergeSketch, newSketch } from './distinct-sketch.ts';
import { bucketCount } from './feature-digest.ts';
import {
  dropRareBigrams,
  type FrequentBigrams,
  heldBigrams,
  mergeBigrams,
  newBigrams,
} from './frequent-bigrams.ts';

/** What the n-gram measures of texts are computed from: sums, so that states of parts give the state of the whole. */
export interface FeatureState {
  /** Texts, empty ones included. */
  documents: number;
  /** Of these texts, as they are. */
  bytes: number;
  unigrams: number;
  bigrams: number;
  /** Unigrams and bigrams by bucket, `[10,000]`. */
  readonly buckets: Float64Array;
  readonly distinctUnigrams: DistinctSketch;
  readonly distinctBigrams: DistinctSketch;
  readonly frequent: FrequentBigrams;
}

/** The state of no text. */
export function newFeatureState(): FeatureState {
  return {
    ...{ documents: 0, bytes: 0, unigrams: 0, bigrams: 0 },
    buckets: new Float64Array(bucketCount),
    distinctUnigrams: newSketch(),
    distinctBigrams: newSketch(),
    frequent: newBigrams(),
  };
}

/** Adds the state of other texts. Counts are exact whatever the order; of frequent bigrams as `FrequentBigrams` says. */
export function mergeFeatures(into: FeatureState, from: FeatureState): void {
  into.documents += from.documents;
  into.bytes += from.bytes;
  into.unigrams += from.unigrams;
  into.bigrams += from.bigrams;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    into.buckets[bucket] = (into.buckets[bucket] ?? 0) + (from.buckets[bucket] ?? 0);
  }
  mergeSketch(into.distinctUnigrams, from.distinctUnigrams);
  mergeSketch(into.distinctBigrams, from.distinctBigrams);
  mergeBigrams(into.frequent, from.frequent);
  if (into.frequent.counts.size > 2 * heldBigrams) dropRareBigrams(into.frequent, heldBigrams);
}
