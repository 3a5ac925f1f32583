import { axisX, axisY, gridY, lineY, type PlotOptions, ruleY, text } from '@observablehq/plot';
import { formatCount, formatShare } from '../format-quantity.ts';
import type { AnalysedSet, AnalysisData } from './analysis-data.ts';
import { type Figure, renderFigure, renderTable } from './figure.ts';
import { type Content, html, type Markup } from './html.ts';
import { centred, colours, quietAxis, quietGrid } from './plot-style.ts';

/** What is shown of an analysis; of what it does not hold nothing. */
export function renderAnalysis(analysis: AnalysisData, id: string): Markup {
  const scored = analysis.sets.filter(({ scores }) => scores !== null);
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><bdi>${analysis.name}</bdi></h2>
${scored.length === 0 ? null : renderFigure(perplexityFigure(`${id}-perplexity`, scored))}
${renderFigure(concentrationFigure(`${id}-ngrams`, analysis.sets))}
${renderComparisons(analysis)}
${renderBigrams(analysis.sets)}
</section>
`;
}

/** A line of a plot. */
interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const dashes = ['none', '7 4', '2 3', '9 3 2 3'] as const;

function linesPlot(
  series: readonly Series[],
  {
    width,
    label,
    isRising,
  }: { readonly width: number; readonly label: string; readonly isRising: boolean },
): PlotOptions {
  const tops = series.flatMap(({ name, points }, index) => {
    const step = Math.floor(((index + 1) * points.length) / (series.length + 1));
    const at = isRising ? points[step] : points.toSorted((one, other) => other.y - one.y)[0];
    return at === undefined ? [] : [{ ...at, name: name.slice(0, 24) }];
  });
  return {
    ...{ height: 240, marginLeft: 48, marginRight: 28, marginBottom: 40, marginTop: 28 },
    x: { label: null, type: 'log' },
    y: { label: null },
    marks: [
      gridY({ ...quietGrid, ticks: 4 }),
      axisY({
        ...quietAxis,
        ticks: 4,
        tickFormat: (share: number) => formatShare(share, 1, 0),
      }),
      axisX({
        ...quietAxis,
        ticks: width / 120,
        tickFormat: (at: number) => formatCount(at),
        label,
        ...centred,
      }),
      ...series.map(({ points }, index) =>
        lineY(points, {
          ...{ x: 'x', y: 'y', stroke: colours.accent, strokeWidth: 2 },
          strokeDasharray: dashes[index % dashes.length] ?? 'none',
        }),
      ),
      text(tops, {
        x: 'x',
        y: 'y',
        text: 'name',
        dy: -10,
        fill: colours.text,
        stroke: 'var(--page)',
        strokeWidth: 4,
      }),
      ruleY([0], { stroke: colours.faint }),
    ],
  };
}

function perplexityFigure(id: string, sets: readonly AnalysedSet[]): Figure {
  const series = sets.flatMap(({ name, scores }) => {
    const { from, binWidth, counts } = scores?.logPerplexities ?? {
      from: 0,
      binWidth: 1,
      counts: [],
    };
    const total = Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    );
    const points = counts.map((count, bin) => ({
      x: Math.exp(from + (bin + 0.5) * binWidth),
      y: count / total,
    }));
    return [{ name, points }];
  });
  const shares = sets[0]?.scores?.quantiles.map(({ share }) => share) ?? [];
  return {
    id,
    title: 'Perplexity of documents',
    description: `The share of documents by perplexity, on a logarithmic scale: ${sets.map(({ name }) => name).join(', ')}.`,
    draw: (width) => linesPlot(series, { width, label: 'perplexity', isRising: false }),
    table: {
      caption: 'Quantiles of the perplexity of documents',
      headings: ['corpus', 'tokens', ...shares.map((share) => formatShare(share, 1, 0))],
      rows: sets.map(({ name, scores }) => [
        name,
        formatCount(scores?.tokens ?? 0),
        ...(scores?.quantiles ?? []).map(({ value }) => value.toPrecision(4)),
      ]),
    },
  };
}

function concentrationFigure(id: string, sets: readonly AnalysedSet[]): Figure {
  const series = sets.map(({ name, features }) => ({
    name,
    points: features.concentration.map(({ buckets, share }) => ({ x: buckets, y: share })),
  }));
  const parts = sets.map(({ name, features }) => `${name} ${number(features.topMass, 3)}`);
  return {
    id,
    title: 'Concentration of n-grams',
    description: `The share of all unigrams and bigrams that is in the fullest of 10,000 buckets, by how many of these are taken. In the fullest 100: ${parts.join(', ')}.`,
    draw: (width) => linesPlot(series, { width, label: 'fullest buckets', isRising: true }),
    table: {
      caption: 'N-grams of each corpus',
      headings: ['corpus', 'rows', 'entropy', 'Gini', 'top 1 %', 'distinct-1', 'distinct-2'],
      rows: sets.map(({ name, rows, features }) => [
        ...[name, formatCount(rows)],
        ...[features.entropy, features.gini, features.topMass].map((value) => number(value, 4)),
        ...[features.distinct1, features.distinct2].map((value) => number(value, 4)),
      ]),
    },
  };
}

function number(value: number | null, decimals: number): string {
  return value === null ? '–' : value.toFixed(decimals);
}

function renderComparisons({ comparisons, reference }: AnalysisData): Content {
  if (comparisons.length === 0) return null;
  const caption = `How each corpus differs from ${reference}`;
  const rows = comparisons.map(
    ({ set, jensenShannon, divergence, wasserstein, referenceAbove99 }) => [
      set,
      ...[jensenShannon, divergence, wasserstein, referenceAbove99].map((value) =>
        number(value, 4),
      ),
    ],
  );
  const headings = ['corpus', 'Jensen–Shannon', 'KL', 'Wasserstein', 'above its P99'];
  return html`<figure><figcaption><strong>${caption}</strong>
<span>Divergences of n-grams in nats, the distance of ln perplexity, and the share of ${reference} above the 99 % quantile of the corpus.</span></figcaption>
${renderTable({ caption, headings, rows })}</figure>`;
}

function renderBigrams(sets: readonly AnalysedSet[]): Content {
  return sets.map(({ name, features }) => {
    if (features.topBigrams.length === 0) return null;
    const rows = features.topBigrams.map(({ bigram, share }) => [bigram, formatShare(share, 1)]);
    const caption = `The most frequent bigrams of ${name}`;
    return html`<details><summary>${caption}</summary>${renderTable({ caption, headings: ['bigram', 'share'], rows })}</details>`;
  });
}
