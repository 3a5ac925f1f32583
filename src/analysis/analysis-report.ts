import type { RankedDocument } from './scores/extreme-documents.ts';
import type { PositionMeasures } from './scores/position-bins.ts';

/** What is known of corpora, and how they differ. Where a number does not exist, such as a share of nothing, it is null. */
export interface AnalysisReport {
  /** SHA-256 of what decides the numbers, in hexadecimal: analyses of one definition may be merged. */
  readonly definition: string;
  readonly sets: readonly SetAnalysis[];
  /** The set that the others are compared with: the one named human, else the first. */
  readonly reference: string;
  /** Of every other set with the reference. */
  readonly comparisons: readonly SetComparison[];
  /** Files that could not be read: they are in no number. */
  readonly failed: readonly FailedInput[];
  /** Files that other shards have still to analyse: they are in no number. */
  readonly pending: number;
}

/** A file that could not be analysed. */
export interface FailedInput {
  readonly set: string;
  readonly input: string;
  readonly code: string;
  readonly message: string;
}

/** The measures of some texts. */
export interface PartAnalysis {
  readonly rows: number;
  /** Rows without a text that can be read: null, not UTF-8, or passed by the prior. They are in no measure. */
  readonly passed: number;
  readonly features: FeatureMeasures;
  /** Null where the texts were not scored. */
  readonly scores: ScoreMeasures | null;
}

/** The measures of a corpus. */
export interface SetAnalysis extends PartAnalysis {
  readonly name: string;
  readonly files: number;
  /** By the values of the column that was asked for, in the order of their bytes. */
  readonly groups: readonly GroupAnalysis[];
}

/** The measures of the texts that have one value in the column. */
export interface GroupAnalysis extends PartAnalysis {
  /** Null of rows that are null there. */
  readonly group: string | null;
  /** To all texts of its set, in nats. */
  readonly jensenShannon: number | null;
}

/** The hashed n-gram features of texts. */
export interface FeatureMeasures {
  readonly documents: number;
  /** Of the texts. */
  readonly bytes: number;
  readonly unigrams: number;
  readonly bigrams: number;
  /** Of the 10,000 buckets, in nats: 9.21 at most. */
  readonly entropy: number | null;
  /** Of the buckets: 0 where all are equally full. */
  readonly gini: number | null;
  /** The share of the features in the fullest 1 % of the buckets. */
  readonly topMass: number | null;
  /** The share of the features in the fullest buckets, by how many of these. */
  readonly concentration: readonly { readonly buckets: number; readonly share: number }[];
  /** Different unigrams, estimated: the standard error is 0.8 %. */
  readonly distinctUnigrams: number;
  readonly distinctBigrams: number;
  /** Different unigrams by unigrams. */
  readonly distinct1: number | null;
  readonly distinct2: number | null;
  /** The 64 most frequent, with their share of all bigrams. */
  readonly topBigrams: readonly BigramCount[];
  /** No bigram was met more often than its count and this. */
  readonly undercount: number;
}

/** A bigram: two tokens in lower case with a space between. */
export interface BigramCount {
  readonly bigram: string;
  readonly count: number;
  readonly share: number;
}

/** What the prior says of texts. */
export interface ScoreMeasures {
  readonly documents: number;
  readonly tokens: number;
  /** Tokens with a prediction: all further numbers are of these. */
  readonly predicted: number;
  readonly meanLogprob: number | null;
  /** Tokens by P, ten bins, closed at 1. */
  readonly histogram: readonly number[];
  /** Of that histogram, in nats: 2.303 at most. */
  readonly entropy: number | null;
  /** Half of Σ |share - 1/10|: 0 where all bins are equally full, 0.9 at most. */
  readonly totalVariation: number | null;
  readonly massAtLeast: readonly { readonly probability: number; readonly share: number | null }[];
  /** By document. */
  readonly perplexity: Spread;
  /** Documents by ln perplexity: `counts[i]` from `from + i * binWidth`. */
  readonly logPerplexities: WideHistogram;
  readonly bitsPerByte: Spread & {
    /** All bits by all bytes. */
    readonly byteWeighted: number | null;
    /** The mean of the documents' own. */
    readonly documentWeighted: number | null;
  };
  /** The documents of the highest perplexity, and of the lowest. */
  readonly worst: readonly RankedDocument[];
  readonly best: readonly RankedDocument[];
  /** Tokens by their place in their text: bins that begin at 0, 16, 64, 256 and 1024. */
  readonly positions: readonly PositionMeasures[];
}

/** How a number is spread over documents: quantiles are off by 0.2 % at most. */
export interface Spread {
  readonly quantiles: readonly { readonly share: number; readonly value: number }[];
  /** The 99 % quantile less the 1 % quantile. */
  readonly range: number | null;
}

/** Counts by bins of equal width. */
export interface WideHistogram {
  readonly from: number;
  readonly binWidth: number;
  readonly counts: readonly number[];
}

/** How a set differs from the reference. Divergences are in nats. */
export interface SetComparison {
  readonly set: string;
  readonly reference: string;
  /** Of the features' buckets. */
  readonly jensenShannon: number | null;
  /** KL(set ‖ reference) of the features' buckets, smoothed by 1e-8. */
  readonly divergence: number | null;
  /** Null where one of the two was not scored. */
  readonly scores: ScoreComparison | null;
}

/** How the scores of a set differ from those of the reference. */
export interface ScoreComparison {
  /** Of the probability histogram, in nats. */
  readonly entropyChange: number | null;
  readonly totalVariationChange: number | null;
  /** The share of the reference's documents whose perplexity is above the set's 99 % quantile. */
  readonly referenceAbove99: number | null;
  /** Wasserstein-1 of ln perplexity: off by 1/256 at most. */
  readonly wasserstein: number | null;
  /** Of ln perplexity in bins of 1/8, in nats. */
  readonly jensenShannon: number | null;
}
