import type {
  AnalysisReport,
  FeatureMeasures,
  PartAnalysis,
  ScoreMeasures,
  SetAnalysis,
  SetComparison,
  Spread,
} from '../analysis/analysis-report.ts';
import { formatBytes, formatCount, formatCounted } from './format-quantity.ts';
import { renderTable } from './render-table.ts';

/** What corpora are, for people: several lines, the last one without a line break. */
export function renderAnalysis(report: AnalysisReport): string {
  const { sets, comparisons, reference, pending } = report;
  const lines = [
    ...sets.map(headline),
    ...['', 'n-grams, hashed into 10,000 buckets (entropy in nats, 9.21 at most):'],
    ...featureTable(sets.map((set) => [set.name, set])),
    ...scoreSections(sets),
    ...comparisonSection(comparisons, reference),
    ...sets.flatMap(groupSection),
    ...bigramSection(sets),
    ...sets.flatMap(documentSection),
  ];
  if (pending > 0) {
    lines.push(
      '',
      `${formatCounted(pending, 'file')} of other shards not analysed yet: these numbers are of the others`,
    );
  }
  return lines.join('\n');
}

function headline({ name, files, rows, passed, features }: SetAnalysis): string {
  const left =
    passed === 0 ? '' : `, ${formatCount(passed)} of them without a text that can be read`;
  return `${name}: ${formatBytes(features.bytes)} of text in ${formatCounted(rows, 'row')} of ${formatCounted(files, 'file')}${left}`;
}

type NamedPart = readonly [name: string, part: PartAnalysis];

function featureTable(parts: readonly NamedPart[]): readonly string[] {
  return renderTable([
    ['', 'unigrams', 'distinct-1', 'distinct-2', 'entropy', 'Gini', 'top 1 %', ''],
    ...parts.map(([name, { features }]) => [name, ...featureCells(features), '']),
  ]).map((line) => line.trimEnd());
}

function featureCells(features: FeatureMeasures): readonly string[] {
  const { unigrams, distinct1, distinct2, entropy, gini, topMass } = features;
  return [
    formatCount(unigrams),
    decimals(distinct1, 4),
    decimals(distinct2, 4),
    decimals(entropy, 3),
    decimals(gini, 4),
    percent(topMass),
  ];
}

function scoreSections(sets: readonly SetAnalysis[]): readonly string[] {
  const scored = sets.flatMap(({ name, scores }) => (scores === null ? [] : [{ name, scores }]));
  if (scored.length === 0) return [];
  return [
    ...[
      '',
      'tokens by P (entropy of ten bins in nats, 2.303 at most; TV: distance to equal bins):',
    ],
    ...probabilityTable(scored),
    ...['', 'tokens by their place in their text (mean ln P, and P >= 0.99):'],
    ...positionTable(scored),
    ...['', 'documents by perplexity, and bits a byte:'],
    ...spreadTable(scored),
  ];
}

interface NamedScores {
  readonly name: string;
  readonly scores: ScoreMeasures;
}

function probabilityTable(sets: readonly NamedScores[]): readonly string[] {
  const bins = Array.from({ length: 10 }, (_, bin) => `.${String(bin)}`);
  return renderTable([
    ['', ...bins, 'P >= 0.99', 'entropy', 'TV', 'mean ln P'],
    ...sets.map(({ name, scores }) => [
      name,
      ...scores.histogram.map((count) => percent(count / scores.predicted, 1)),
      percent(scores.massAtLeast.find(({ probability }) => probability === 0.99)?.share ?? null),
      decimals(scores.entropy, 3),
      decimals(scores.totalVariation, 3),
      decimals(scores.meanLogprob, 3),
    ]),
  ]);
}

function positionTable(sets: readonly NamedScores[]): readonly string[] {
  const bins = sets[0]?.scores.positions ?? [];
  const names = bins.map(({ from, to }) =>
    to === null ? `${String(from)}+` : `${String(from)}-${String(to - 1)}`,
  );
  return renderTable([
    ['', '', ...names],
    ...sets.flatMap(({ name, scores: { positions } }) => [
      [name, 'mean ln P', ...positions.map(({ meanLogprob }) => decimals(meanLogprob, 3))],
      [name, 'P >= 0.99', ...positions.map(({ massAtLeast99 }) => percent(massAtLeast99))],
    ]),
  ]);
}

function spreadTable(sets: readonly NamedScores[]): readonly string[] {
  const shares = ['1 %', '5 %', '25 %', '50 %', '75 %', '95 %', '99 %'];
  return renderTable([
    ['', '', ...shares, 'P99 - P1', 'all bytes', 'mean of documents'],
    ...sets.flatMap(({ name, scores: { perplexity, bitsPerByte } }) => [
      [name, 'perplexity', ...spreadCells(perplexity, 2), '', ''],
      [
        ...[name, 'bits a byte', ...spreadCells(bitsPerByte, 3)],
        decimals(bitsPerByte.byteWeighted, 3),
        decimals(bitsPerByte.documentWeighted, 3),
      ],
    ]),
  ]).map((line) => line.trimEnd());
}

function spreadCells({ quantiles, range }: Spread, places: number): readonly string[] {
  return [...quantiles.map(({ value }) => value), range].map((value) => decimals(value, places));
}

function comparisonSection(
  comparisons: readonly SetComparison[],
  reference: string,
): readonly string[] {
  if (comparisons.length === 0) return [];
  return [
    ...[
      '',
      `compared with ${reference} (JS and KL in nats; W1 of ln perplexity; above: ${reference} above the 99 % of it):`,
    ],
    ...renderTable([
      ['', 'n-gram JS', 'n-gram KL', 'entropy of P', 'perplexity JS', 'W1', 'above'],
      ...comparisons.map(({ set, jensenShannon, divergence, scores }) => [
        ...[set, decimals(jensenShannon, 4), decimals(divergence, 4)],
        decimals(scores?.entropyChange ?? null, 4, '+'),
        decimals(scores?.jensenShannon ?? null, 4),
        decimals(scores?.wasserstein ?? null, 4),
        percent(scores?.referenceAbove99 ?? null),
      ]),
    ]),
  ];
}

function groupSection({ name, groups }: SetAnalysis): readonly string[] {
  if (groups.length === 0) return [];
  const parts = groups.map((part): NamedPart => [part.group ?? '(null)', part]);
  return ['', `groups of ${name}:`, ...featureTable(parts)];
}

const shownBigrams = 8;

function bigramSection(sets: readonly SetAnalysis[]): readonly string[] {
  return [
    ...['', `most frequent bigrams (of the 64 in --json):`],
    ...sets.map(({ name, features: { topBigrams, undercount } }) => {
      const shown = topBigrams
        .slice(0, shownBigrams)
        .map(({ bigram, count }) => `${bigram} ${formatCount(count)}`);
      const error = undercount === 0 ? '' : ` (counts at most ${formatCount(undercount)} too low)`;
      return `  ${name}: ${shown.join(' | ')}${error}`;
    }),
  ];
}

const shownDocuments = 3;

function documentSection({ name, scores }: SetAnalysis): readonly string[] {
  if (scores === null) return [];
  const line = (title: string, documents: ScoreMeasures['worst']): string => {
    const named = documents.slice(0, shownDocuments).map(({ file, row, perplexity }) => {
      return `${file} row ${String(row)} (${perplexity.toFixed(1)})`;
    });
    return `  ${title}: ${named.join(', ')}`;
  };
  return [
    ...['', `documents of ${name} by perplexity:`],
    ...[line('highest', scores.worst), line('lowest', scores.best)],
  ];
}

function decimals(value: number | null, places: number, sign = ''): string {
  if (value === null) return '-';
  return value > 0 ? `${sign}${value.toFixed(places)}` : value.toFixed(places);
}

function percent(value: number | null, places = 2): string {
  return value === null ? '-' : `${(100 * value).toFixed(places)} %`;
}
