import {
  areaY,
  axisX,
  axisY,
  gridY,
  lineY,
  type PlotOptions,
  ruleX,
  ruleY,
} from '@observablehq/plot';
import { formatCount, formatShare } from '../format-quantity.ts';
import type { AnalysedScores, AnalysedSet, NamedDocument } from './analysis-data.ts';
import { type Figure, renderTable } from './figure.ts';
import { type Content, html } from './html.ts';
import {
  centred,
  colours,
  quietAxis,
  quietGrid,
  seriesColour,
  seriesDashes,
  seriesSwatch,
} from './plot-style.ts';

/** A corpus that was scored. */
export interface ScoredSet extends AnalysedSet {
  readonly scores: AnalysedScores;
}

/** Documents of each corpus by perplexity, the first one's filled. */
export function perplexityFigure(id: string, sets: readonly ScoredSet[]): Figure {
  const medians = sets.map(({ name, scores }) => `${name} ${quantile(scores, 0.5)}`);
  const shares = sets[0]?.scores.quantiles.map(({ share }) => share) ?? [];
  return {
    id,
    title: 'Perplexity of documents',
    description: `The share of documents by perplexity, on a logarithmic scale. The median, an upright line, is: ${medians.join(', ')}.`,
    legend:
      sets.length > 1
        ? sets.map(({ name }, index) => ({ label: name, swatch: seriesSwatch(index) }))
        : [],
    draw: (width) => perplexityPlot(sets, width),
    table: {
      caption: 'Quantiles of the perplexity of documents',
      headings: [
        ...['corpus', 'documents', ...shares.map((share) => formatShare(share, 1, 0))],
        ...['P99 − P1', 'bits a byte'],
      ],
      rows: sets.map(({ name, scores }) => [
        ...[name, formatCount(scores.documents)],
        ...scores.quantiles.map(({ value }) => value.toPrecision(4)),
        scores.range?.toPrecision(4) ?? '–',
        scores.bitsPerByte?.toFixed(3) ?? '–',
      ]),
    },
  };
}

/** A quantile of the perplexity, in words. */
export function quantile({ quantiles }: AnalysedScores, wanted: number): string {
  return quantiles.find(({ share }) => share === wanted)?.value.toPrecision(3) ?? '–';
}

function perplexityPlot(sets: readonly ScoredSet[], width: number): PlotOptions {
  const fewest = Math.min(...sets.map(({ scores }) => scores.documents));
  const steps = sets.map(({ scores }) => stepsOf(scores, binsWanted(fewest, sets)));
  const medians = sets.flatMap(({ scores }, index) => {
    const median = scores.quantiles.find(({ share }) => share === 0.5);
    return median === undefined ? [] : [{ at: median.value, stroke: seriesColour(index) }];
  });
  return {
    ...{ height: 250, marginLeft: 48, marginRight: 20, marginBottom: 40, marginTop: 16 },
    x: { label: null, type: 'log' },
    y: { label: null },
    marks: [
      gridY({ ...quietGrid, ticks: 4 }),
      axisY({ ...quietAxis, ticks: 4, tickFormat: (share: number) => formatShare(share, 1, 0) }),
      axisX({
        ...{ ...quietAxis, ticks: width / 120, label: 'perplexity', ...centred },
        tickFormat: (at: number) => (at < 10 ? String(Number(at.toPrecision(2))) : formatCount(at)),
      }),
      areaY(steps[0] ?? [], { x: 'at', y1: 0, y2: 'share', fill: colours.soft, fillOpacity: 0.5 }),
      ...steps.map((points, index) =>
        lineY(points, {
          ...{ x: 'at', y: 'share', stroke: seriesColour(index), strokeWidth: 2 },
          strokeDasharray: seriesDashes(index),
        }),
      ),
      ...medians.map(({ at, stroke }) => ruleX([at], { stroke, strokeOpacity: 0.7 })),
      ruleY([0], { stroke: colours.faint }),
    ],
  };
}

/** How many of the bins are joined to one: with few documents small bins would show little but chance. */
function binsWanted(documents: number, sets: readonly ScoredSet[]): number {
  const longest = Math.max(...sets.map(({ scores }) => scores.logPerplexities.counts.length));
  const bins = Math.max(6, Math.min(80, Math.ceil(2 * Math.sqrt(documents))));
  return Math.max(1, Math.round(longest / bins));
}

/** Both ends of each bin, and the axis before the first and behind the last. Bins begin at multiples of their width. */
function stepsOf({ logPerplexities, documents }: AnalysedScores, joined: number) {
  const { from, binWidth, counts } = logPerplexities;
  const first = Math.round(from / binWidth);
  const start = Math.floor(first / joined);
  const sums = new Map<number, number>();
  counts.forEach((count, index) => {
    const bin = Math.floor((first + index) / joined) - start;
    sums.set(bin, (sums.get(bin) ?? 0) + count);
  });
  const edge = (bin: number): number => Math.exp((start + bin) * joined * binWidth);
  const inside = [...sums].flatMap(([bin, count]) =>
    [edge(bin), edge(bin + 1)].map((at) => ({ at, share: count / Math.max(1, documents) })),
  );
  return [{ at: edge(0), share: 0 }, ...inside, { at: edge(sums.size), share: 0 }];
}

/** The documents of the highest and of the lowest perplexity of each corpus, by name; of more than two corpora folded. */
export function renderDocuments(sets: readonly ScoredSet[]): readonly Content[] {
  return sets.map(({ name, scores: { worst, best } }) => {
    const rows = worst.map((document, rank) => [
      ...[String(rank + 1), placeOf(document), placeOf(best[rank])],
    ]);
    if (rows.length === 0) return null;
    const caption = `Documents of ${name} with the highest and the lowest perplexity`;
    const headings = ['rank', 'highest', 'lowest'];
    const table = renderTable({ caption, headings, rows, of: 'ranks' });
    if (sets.length > 2) return html`<details><summary>${caption}</summary>${table}</details>`;
    return html`<figure><figcaption><strong>${caption}</strong></figcaption>${table}</figure>`;
  });
}

function placeOf(document: NamedDocument | undefined): Content {
  if (document === undefined) return null;
  const { file, row, perplexity } = document;
  return html`<bdi>${file}</bdi>, row\u00a0${formatCount(row)} <small>${perplexity.toPrecision(4)}</small>`;
}
