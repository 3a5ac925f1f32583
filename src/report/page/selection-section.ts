import { axisX, axisY, gridY, type PlotOptions, rectY, ruleY } from '@observablehq/plot';
import type { LogWeights } from '../../analysis/selection-report.ts';
import { formatCount, formatCounted, formatShare } from '../format-quantity.ts';
import type { SelectionData } from './analysis-data.ts';
import { type Figure, renderFigure, renderTable } from './figure.ts';
import { html, type Markup } from './html.ts';
import { decimals } from './ngram-figures.ts';
import { centred, colours, quietAxis, quietGrid } from './plot-style.ts';

/** What is shown of a selection. */
export function renderSelection(selection: SelectionData, id: string): Markup {
  const { name, candidates, selected, targetDocuments, logWeights } = selection;
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><bdi>${name}</bdi></h2>
<p>${formatCount(selected)} of ${formatCounted(candidates, 'text')} were selected to look like ${formatCounted(targetDocuments, 'text')} of the target
(DSIR: importance resampling of hashed n-grams).</p>
${renderMeasures(selection)}
${logWeights === null || logWeights.candidates.length === 0 ? null : renderFigure(weightsFigure(`${id}-weights`, logWeights))}
${renderFiles(selection)}
</section>
`;
}

function renderMeasures({ meanLogWeight, jensenShannon }: SelectionData): Markup {
  const caption = 'Before and after the selection';
  const headings = ['texts', 'mean log weight', 'n-gram JS to the target'];
  const rows = (['candidates', 'selected'] as const).map((which) => [
    which === 'candidates' ? 'all' : 'selected',
    decimals(meanLogWeight[which], 2),
    decimals(jensenShannon[which], 4),
  ]);
  return renderTable({ caption, headings, rows });
}

function weightsFigure(id: string, weights: LogWeights): Figure {
  const bins = weights.candidates.map((all, bin) => ({
    from: weights.from + bin * weights.binWidth,
    to: weights.from + (bin + 1) * weights.binWidth,
    ...{ all, selected: weights.selected[bin] ?? 0 },
  }));
  const [low, high] = [bins[0]?.from ?? 0, bins.at(-1)?.to ?? 0].map((at) => at.toFixed(0));
  return {
    id,
    title: 'Importance weights',
    description: `Texts by the log of their weight, target over raw: from ${low ?? ''} to ${high ?? ''}. What was selected is in the dark part of a bar.`,
    legend: [
      { label: 'all texts', swatch: 'soft' },
      { label: 'selected', swatch: 'bar' },
    ],
    draw: () => weightsPlot(bins),
    table: {
      caption: 'Texts by log weight',
      headings: ['log weight', 'all', 'selected'],
      rows: bins
        .filter(({ all }) => all > 0)
        .map(({ from, to, all, selected }) => [
          `${from.toFixed(1)} to ${to.toFixed(1)}`,
          ...[all, selected].map(formatCount),
        ]),
    },
  };
}

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly all: number;
  readonly selected: number;
}

function weightsPlot(bins: readonly Bin[]): PlotOptions {
  const bar = { x1: 'from', x2: 'to', inset: 0.5 } as const;
  return {
    ...{ height: 220, marginLeft: 52, marginRight: 16, marginBottom: 40 },
    x: { label: null },
    y: { label: null },
    marks: [
      gridY({ ...quietGrid, ticks: 4 }),
      axisY({ ...quietAxis, ticks: 4, tickFormat: (count: number) => formatCount(count) }),
      axisX({ ...quietAxis, ticks: 5, label: 'log weight', ...centred }),
      rectY(bins, { ...bar, y: 'all', fill: colours.soft }),
      rectY(bins, { ...bar, y: 'selected', fill: colours.accent }),
      ruleY([0], { stroke: colours.faint }),
    ],
  };
}

function renderFiles({ files, fileCount }: SelectionData): Markup {
  const caption = 'Files that rows were selected of';
  const headings = ['file', 'rows', 'selected', 'share'];
  const rows = files.map(({ input, rows: all, selected }) => [
    ...[input, formatCount(all), formatCount(selected), formatShare(selected, all, 1)],
  ]);
  const left = fileCount - files.length;
  return html`<figure><figcaption><strong>${caption}</strong></figcaption>${renderTable({ caption, headings, rows })}
${left === 0 ? null : html`<p class="quiet">${formatCounted(left, 'file')} more, of which less was selected.</p>`}</figure>`;
}
