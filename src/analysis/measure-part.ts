import type {
  FeatureMeasures,
  PartAnalysis,
  ScoreComparison,
  ScoreMeasures,
  SetComparison,
  Spread,
} from './analysis-report.ts';
import {
  bucketMeasures,
  divergence,
  entropy,
  jensenShannon,
  sumOf,
} from './features/bucket-measures.ts';
import { distinctCount } from './features/distinct-sketch.ts';
import type { FeatureState } from './features/feature-state.ts';
import { topBigrams } from './features/frequent-bigrams.ts';
import type { PartState } from './part-state.ts';
import { valueOf } from './scores/exact-sum.ts';
import {
  binsPerUnit,
  type LogHistogram,
  logWasserstein,
  middleOf,
  quantileBin,
  shareAbove,
  widerBins,
} from './scores/log-histogram.ts';
import { measurePositions } from './scores/position-bins.ts';
import { certainties, type ScoreState } from './scores/score-state.ts';

/** The measures of a state. */
export function measurePart({ rows, passed, features, scores }: PartState): PartAnalysis {
  return {
    ...{ rows, passed },
    features: measureFeatures(features),
    scores: scores && measureScores(scores),
  };
}

const listedBigrams = 64;

function measureFeatures(state: FeatureState): FeatureMeasures {
  const { documents, bytes, unigrams, bigrams, buckets, frequent } = state;
  const { entropy, gini, topMass } = bucketMeasures(buckets);
  const distinctUnigrams = Math.round(distinctCount(state.distinctUnigrams));
  const distinctBigrams = Math.round(distinctCount(state.distinctBigrams));
  return {
    ...{ documents, bytes, unigrams, bigrams },
    ...{ entropy: finite(entropy), gini: finite(gini), topMass: finite(topMass) },
    concentration: concentrationOf(buckets),
    ...{ distinctUnigrams, distinctBigrams },
    distinct1: finite(Math.min(1, distinctUnigrams / unigrams)),
    distinct2: finite(Math.min(1, distinctBigrams / bigrams)),
    topBigrams: topBigrams(frequent, listedBigrams).map((each) => ({
      ...each,
      share: each.count / bigrams,
    })),
    undercount: frequent.undercount,
  };
}

const bucketSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

function concentrationOf(buckets: Float64Array): FeatureMeasures['concentration'] {
  const sorted = buckets.toSorted().reverse();
  const total = sumOf(buckets);
  if (total === 0) return [];
  return bucketSteps.map((count) => ({
    buckets: count,
    share: sumOf(sorted.subarray(0, count)) / total,
  }));
}

/** Wide bins of ln perplexity: 1/8. */
const wideBin = binsPerUnit / 8;

function measureScores(state: ScoreState): ScoreMeasures {
  const { documents, tokens, predicted, bins, certain, perplexities, extremes } = state;
  const surprise = valueOf(state.surprise);
  const wide = widerBins([perplexities], wideBin);
  return {
    ...{ documents, tokens, predicted },
    meanLogprob: finite(-surprise / predicted),
    histogram: [...bins],
    entropy: finite(entropy(bins)),
    totalVariation: finite(totalVariation(bins)),
    massAtLeast: certainties.map((probability, at) => ({
      probability,
      share: finite((certain[at] ?? 0) / predicted),
    })),
    perplexity: spreadOf(perplexities),
    logPerplexities: {
      ...{ from: wide.first / 8, binWidth: 1 / 8 },
      counts: [...(wide.counts[0] ?? [])],
    },
    bitsPerByte: {
      ...spreadOf(state.bytewise),
      byteWeighted: finite(surprise / Math.LN2 / state.predictedBytes),
      documentWeighted: finite(valueOf(state.bitsPerByte) / documents),
    },
    worst: [...extremes.worst],
    best: [...extremes.best],
    positions: measurePositions(state.positions),
  };
}

/** Half of the sum of what the shares differ from equal ones; NaN where all counts are 0. */
function totalVariation(counts: Float64Array): number {
  const total = sumOf(counts);
  return counts.reduce((sum, each) => sum + Math.abs(each / total - 1 / counts.length), 0) / 2;
}

const quantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

function spreadOf(histogram: LogHistogram): Spread {
  const values = quantiles.flatMap((share) => {
    const bin = quantileBin(histogram, share);
    return bin === undefined ? [] : [{ share, value: middleOf(bin) }];
  });
  const [low, high] = [values[0], values.at(-1)];
  return { quantiles: values, range: low && high ? high.value - low.value : null };
}

/** A set's name and its state. */
export interface NamedState {
  readonly name: string;
  readonly state: PartState;
}

/** How a set differs from the reference. */
export function compareParts(set: NamedState, reference: NamedState): SetComparison {
  const [ofSet, ofReference] = [set.state.features.buckets, reference.state.features.buckets];
  const [own, other] = [set.state.scores, reference.state.scores];
  return {
    ...{ set: set.name, reference: reference.name },
    jensenShannon: finite(jensenShannon(ofSet, ofReference)),
    divergence: finite(divergence(ofSet, ofReference)),
    scores: own && other && compareScores(own, other),
  };
}

function compareScores(set: ScoreState, reference: ScoreState): ScoreComparison {
  const [own, other] = [set.perplexities, reference.perplexities];
  const [one = none, two = none] = widerBins([own, other], wideBin).counts;
  const highest = quantileBin(own, 0.99);
  return {
    entropyChange: finite(entropy(set.bins) - entropy(reference.bins)),
    totalVariationChange: finite(totalVariation(set.bins) - totalVariation(reference.bins)),
    referenceAbove99: highest === undefined ? null : finite(shareAbove(other, highest)),
    wasserstein: finite(logWasserstein(own, other)),
    jensenShannon: finite(jensenShannon(one, two)),
  };
}

const none = new Float64Array();

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
