import type {
  AnalysedFeatures,
  AnalysedGroup,
  AnalysedPart,
  AnalysedScores,
  AnalysedSet,
  AnalysisData,
  NamedDocument,
  SetDistance,
} from '../../src/report/page/analysis-data.ts';
import { type Fields, fields, list, number, orNull, text } from './json-fields.ts';

/** Groups are those of all sets together, but for the least that each may have. */
const most = { sets: 12, groups: 40, bins: 80, points: 100, bigrams: 12, documents: 5 } as const;
const leastGroups = 5;

/**
 * What a report shows of an analysis.
 *
 * @param report - what `analysis.json` holds.
 * @throws TypeError where it is none.
 */
export function analysisOf(report: Fields, name: string): AnalysisData {
  const given = list(report['sets'], most.sets);
  const mostGroups = Math.max(leastGroups, Math.floor(most.groups / Math.max(1, given.length)));
  const sets = given.map((set) => setOf(set, mostGroups));
  return {
    name,
    reference: text(report['reference']),
    sets: withCommonBins(sets),
    comparisons: list(report['comparisons'], most.sets).map(distanceOf),
  };
}

function distanceOf(given: unknown): SetDistance {
  const { set, jensenShannon, divergence, scores } = fields(given);
  const of = scores === null ? {} : fields(scores);
  return {
    ...{ set: text(set), jensenShannon: orNull(jensenShannon), divergence: orNull(divergence) },
    referenceAbove99: orNull(of['referenceAbove99']),
    wasserstein: orNull(of['wasserstein']),
    perplexityJensenShannon: orNull(of['jensenShannon']),
    entropyChange: orNull(of['entropyChange']),
  };
}

function setOf(given: unknown, mostGroups: number): AnalysedSet {
  const { name, groups, ...part } = fields(given);
  const all = groups === undefined ? [] : list(groups).map(groupOf);
  return {
    ...partOf(part, text(name)),
    groups: all.toSorted((one, other) => other.rows - one.rows).slice(0, mostGroups),
    groupCount: all.length,
  };
}

function groupOf(given: unknown): AnalysedGroup {
  const { group, jensenShannon, ...rest } = fields(given);
  const part = partOf(rest, group === null ? '(null)' : text(group));
  return {
    ...part,
    features: { ...part.features, concentration: [], topBigrams: [] },
    scores: part.scores === null ? null : { ...part.scores, worst: [], best: [] },
    jensenShannon: orNull(jensenShannon),
  };
}

function partOf({ rows, features, scores }: Fields, name: string): AnalysedPart {
  return {
    ...{ name, rows: number(rows) },
    features: featuresOf(fields(features)),
    scores: scores === null ? null : scoresOf(fields(scores)),
  };
}

function featuresOf(given: Fields): AnalysedFeatures {
  const { entropy, gini, topMass, distinct1, distinct2, concentration, topBigrams } = given;
  return {
    ...{ entropy: orNull(entropy), gini: orNull(gini), topMass: orNull(topMass) },
    ...{ distinct1: orNull(distinct1), distinct2: orNull(distinct2) },
    concentration: list(concentration, most.points).map((each) => {
      return { buckets: number(fields(each)['buckets']), share: number(fields(each)['share']) };
    }),
    topBigrams: list(topBigrams, most.bigrams).map((each) => {
      return { bigram: text(fields(each)['bigram']), share: number(fields(each)['share']) };
    }),
  };
}

function scoresOf(given: Fields): AnalysedScores {
  const { quantiles, range } = fields(given['perplexity']);
  const { from, binWidth, counts } = fields(given['logPerplexities']);
  return {
    ...{ documents: number(given['documents']), tokens: number(given['tokens']) },
    meanLogprob: orNull(given['meanLogprob']),
    histogram: list(given['histogram'], 10).map(number),
    ...{ entropy: orNull(given['entropy']), totalVariation: orNull(given['totalVariation']) },
    massAtLeast: list(given['massAtLeast'], 10).map((each) => {
      const { probability, share } = fields(each);
      return { probability: number(probability), share: orNull(share) };
    }),
    quantiles: list(quantiles, most.points).map((each) => {
      return { share: number(fields(each)['share']), value: number(fields(each)['value']) };
    }),
    range: orNull(range),
    bitsPerByte: orNull(fields(given['bitsPerByte'])['byteWeighted']),
    logPerplexities: {
      ...{ from: number(from), binWidth: number(binWidth) },
      counts: list(counts).map(number),
    },
    ...{ worst: documentsOf(given['worst']), best: documentsOf(given['best']) },
  };
}

function documentsOf(given: unknown): readonly NamedDocument[] {
  return list(given, most.documents).map((each) => {
    const { file, row, perplexity } = fields(each);
    return { file: text(file), row: number(row), perplexity: number(perplexity) };
  });
}

/** As many bins as a plot shows, of one width in all sets: so their shares can be compared. */
function withCommonBins(sets: readonly AnalysedSet[]): readonly AnalysedSet[] {
  const all = sets.flatMap(({ scores }) =>
    scores === null || scores.logPerplexities.counts.length === 0 ? [] : [scores.logPerplexities],
  );
  const from = Math.min(...all.map((each) => each.from));
  const to = Math.max(...all.map((each) => each.from + each.binWidth * each.counts.length));
  const joined = Math.max(1, Math.ceil((to - from) / (all[0]?.binWidth ?? 1) / (most.bins - 1)));
  const rebinned = <Part extends AnalysedPart>(part: Part): Part =>
    part.scores === null
      ? part
      : { ...part, scores: { ...part.scores, logPerplexities: rebin(part.scores, joined) } };
  return sets.map((set) => ({ ...rebinned(set), groups: set.groups.map(rebinned) }));
}

/** Bins that begin at multiples of their width. */
function rebin({ logPerplexities }: AnalysedScores, joined: number) {
  const { from, binWidth, counts } = logPerplexities;
  const first = Math.round(from / binWidth);
  const start = Math.floor(first / joined);
  const sums: number[] = [];
  counts.forEach((count, index) => {
    const bin = Math.floor((first + index) / joined) - start;
    sums[bin] = (sums[bin] ?? 0) + count;
  });
  return { from: start * joined * binWidth, binWidth: binWidth * joined, counts: sums };
}
