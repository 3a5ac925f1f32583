import type { LogWeights } from '../../analysis/selection-report.ts';

/** What a report shows of an analysis: `toedit analyse` keeps it as `analysis.json`. */
export interface AnalysisData {
  /** The name of its directory or file. */
  readonly name: string;
  /** The set that the others are compared with. */
  readonly reference: string;
  readonly sets: readonly AnalysedSet[];
  readonly comparisons: readonly SetDistance[];
}

/** The measures of some texts; null where a number does not exist. */
export interface AnalysedPart {
  readonly name: string;
  readonly rows: number;
  readonly features: AnalysedFeatures;
  /** Null where they were not scored. */
  readonly scores: AnalysedScores | null;
}

/** The measures of a corpus. */
export interface AnalysedSet extends AnalysedPart {
  /** By the values of a column: those with the most rows, 40 at most of all sets together, or 5 of each. Empty where none was asked for. */
  readonly groups: readonly AnalysedGroup[];
  /** How many groups there are. */
  readonly groupCount: number;
}

/** The measures of the texts that have one value in the column, which is the name. */
export interface AnalysedGroup extends AnalysedPart {
  /** Of the n-grams to those of all texts of the set, in nats. */
  readonly jensenShannon: number | null;
}

/** The hashed n-grams of a corpus. */
export interface AnalysedFeatures {
  readonly entropy: number | null;
  readonly gini: number | null;
  /** The share of the n-grams in the fullest 1 % of the buckets. */
  readonly topMass: number | null;
  readonly distinct1: number | null;
  readonly distinct2: number | null;
  /** The share of the n-grams in the fullest buckets, by how many of these; empty of groups. */
  readonly concentration: readonly { readonly buckets: number; readonly share: number }[];
  /** The most frequent, 12 at most; none of groups. */
  readonly topBigrams: readonly { readonly bigram: string; readonly share: number }[];
}

/** What the prior says of a corpus. */
export interface AnalysedScores {
  readonly documents: number;
  readonly tokens: number;
  /** Of a token with a prediction. */
  readonly meanLogprob: number | null;
  /** Tokens by P, ten bins, closed at 1. */
  readonly histogram: readonly number[];
  /** Of that histogram, in nats: 2.303 at most. */
  readonly entropy: number | null;
  /** Half of Σ |share - 1/10|. */
  readonly totalVariation: number | null;
  readonly massAtLeast: readonly { readonly probability: number; readonly share: number | null }[];
  /** Perplexity by document. */
  readonly quantiles: readonly { readonly share: number; readonly value: number }[];
  /** The 99 % quantile less the 1 % quantile. */
  readonly range: number | null;
  /** All bits by all bytes. */
  readonly bitsPerByte: number | null;
  /** Documents by ln perplexity: `counts[i]` from `from + i * binWidth`. All sets of an analysis have the same width; 80 bins at most. */
  readonly logPerplexities: {
    readonly from: number;
    readonly binWidth: number;
    readonly counts: readonly number[];
  };
  /** The documents of the highest perplexity, highest first, and of the lowest: 5 at most, none of groups. */
  readonly worst: readonly NamedDocument[];
  readonly best: readonly NamedDocument[];
}

/** A document by where it lies. */
export interface NamedDocument {
  readonly file: string;
  /** From 0. */
  readonly row: number;
  readonly perplexity: number;
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
  /** Of ln perplexity, in nats. */
  readonly perplexityJensenShannon: number | null;
  /** Of the probability histogram, in nats. */
  readonly entropyChange: number | null;
}

/** What a report shows of a selection: `toedit select --json` prints it. */
export interface SelectionData {
  /** The name of its file. */
  readonly name: string;
  readonly candidates: number;
  readonly selected: number;
  readonly targetDocuments: number;
  readonly meanLogWeight: BeforeAndAfter;
  /** Of the n-grams to those of the target, in nats. */
  readonly jensenShannon: BeforeAndAfter;
  /** Null of a selection that kept none. */
  readonly logWeights: LogWeights | null;
  /** The files of which most was selected, 20 at most. */
  readonly files: readonly {
    readonly input: string;
    readonly rows: number;
    readonly selected: number;
  }[];
  /** How many there are. */
  readonly fileCount: number;
}

/** A number of all candidates, and of those that were selected. */
export interface BeforeAndAfter {
  readonly candidates: number | null;
  readonly selected: number | null;
}
