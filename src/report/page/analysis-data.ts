/** What a report shows of an analysis: `toedit analyse` keeps it as `analysis.json`. */
export interface AnalysisData {
  /** The name of its directory or file. */
  readonly name: string;
  /** The set that the others are compared with. */
  readonly reference: string;
  readonly sets: readonly AnalysedSet[];
  readonly comparisons: readonly SetDistance[];
}

/** The measures of a corpus; null where a number does not exist. */
export interface AnalysedSet {
  readonly name: string;
  readonly rows: number;
  readonly features: AnalysedFeatures;
  /** Null where it was not scored. */
  readonly scores: AnalysedScores | null;
}

/** The hashed n-grams of a corpus. */
export interface AnalysedFeatures {
  readonly entropy: number | null;
  readonly gini: number | null;
  /** The share of the n-grams in the fullest 1 % of the buckets. */
  readonly topMass: number | null;
  readonly distinct1: number | null;
  readonly distinct2: number | null;
  /** The share of the n-grams in the fullest buckets, by how many of these. */
  readonly concentration: readonly { readonly buckets: number; readonly share: number }[];
  /** The most frequent, 12 at most. */
  readonly topBigrams: readonly { readonly bigram: string; readonly share: number }[];
}

/** What the prior says of a corpus. */
export interface AnalysedScores {
  readonly tokens: number;
  /** Perplexity by document. */
  readonly quantiles: readonly { readonly share: number; readonly value: number }[];
  /** Documents by ln perplexity: `counts[i]` from `from + i * binWidth`, 80 bins at most. */
  readonly logPerplexities: {
    readonly from: number;
    readonly binWidth: number;
    readonly counts: readonly number[];
  };
}

/** How a set differs from the reference. */
export interface SetDistance {
  readonly set: string;
  /** Of the n-grams, in nats. */
  readonly jensenShannon: number | null;
  readonly divergence: number | null;
  /** Documents of the reference above the 99 % quantile of the set's perplexity. */
  readonly referenceAbove99: number | null;
  /** Of ln perplexity. */
  readonly wasserstein: number | null;
}
