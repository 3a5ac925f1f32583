import {
  axisX,
  axisY,
  barX,
  gridX,
  gridY,
  lineY,
  type PlotOptions,
  ruleY,
} from '@observablehq/plot';
import { formatCount, formatCounted, formatShare } from '../format-quantity.ts';
import type { AnalysedGroup, AnalysedSet } from './analysis-data.ts';
import { type Figure, renderFigure, renderTable } from './figure.ts';
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

/** A number with so many decimals, or a dash where there is none. */
export function decimals(value: number | null, places: number): string {
  return value === null ? '–' : value.toFixed(places);
}

/** The share of the n-grams in the fullest buckets. */
export function concentrationFigure(id: string, sets: readonly AnalysedSet[]): Figure {
  const parts = sets.map(({ name, features: { topMass } }) => {
    return `${name} ${topMass === null ? '–' : formatShare(topMass, 1, 1)}`;
  });
  return {
    id,
    title: 'Concentration of n-grams',
    description: `The share of all unigrams and bigrams that is in the fullest of 10,000 buckets, by how many of these are taken. In the fullest 100: ${parts.join(', ')}.`,
    legend:
      sets.length > 1
        ? sets.map(({ name }, index) => ({ label: name, swatch: seriesSwatch(index) }))
        : [],
    draw: (width) => concentrationPlot(sets, width),
    table: {
      caption: 'N-grams of each corpus',
      headings: ['corpus', 'rows', 'entropy', 'Gini', 'top 1 %', 'distinct-1', 'distinct-2'],
      rows: sets.map(({ name, rows, features }) => [name, formatCount(rows), ...cellsOf(features)]),
    },
  };
}

function cellsOf({ entropy, gini, topMass, distinct1, distinct2 }: AnalysedSet['features']) {
  return [entropy, gini, topMass, distinct1, distinct2].map((value) => decimals(value, 4));
}

function concentrationPlot(sets: readonly AnalysedSet[], width: number): PlotOptions {
  return {
    ...{ height: 250, marginLeft: 48, marginRight: 28, marginBottom: 40, marginTop: 16 },
    x: { label: null, type: 'log' },
    y: { label: null },
    marks: [
      gridY({ ...quietGrid, ticks: 4 }),
      axisY({ ...quietAxis, ticks: 4, tickFormat: (share: number) => formatShare(share, 1, 0) }),
      axisX({
        ...{ ...quietAxis, ticks: width / 120, label: 'fullest buckets', ...centred },
        tickFormat: (at: number) => formatCount(at),
      }),
      ...sets.map(({ features }, index) =>
        lineY(features.concentration, {
          ...{ x: 'buckets', y: 'share', stroke: seriesColour(index), strokeWidth: 2 },
          strokeDasharray: seriesDashes(index),
        }),
      ),
      ruleY([0], { stroke: colours.faint }),
    ],
  };
}

/** Corpora whose bigrams stand side by side. */
const besides = 4;

/** The most frequent bigrams of the corpora, side by side. */
export function renderBigrams(sets: readonly AnalysedSet[]): readonly Content[] {
  const tables = Array.from({ length: Math.ceil(sets.length / besides) }, (_, index) => {
    const shown = sets.slice(index * besides, (index + 1) * besides);
    const count = Math.max(...shown.map(({ features }) => features.topBigrams.length));
    const rows = Array.from({ length: count }, (__, rank) => [
      String(rank + 1),
      ...shown.map(({ features: { topBigrams } }): Content => {
        const found = topBigrams[rank];
        if (found === undefined) return null;
        return html`<bdi>${found.bigram}</bdi> <small>${formatShare(found.share, 1)}</small>`;
      }),
    ]);
    const caption = `The most frequent bigrams of ${shown.map(({ name }) => name).join(', ')}`;
    const headings = ['rank', ...shown.map(({ name }) => name)];
    return count === 0 ? null : renderTable({ caption, headings, rows, of: 'ranks' });
  });
  if (tables.every((table) => table === null)) return [];
  return [
    html`<figure><figcaption><strong>The most frequent bigrams</strong>
<span>In lower case, each with its share of all bigrams.</span></figcaption>${tables}</figure>`,
  ];
}

/** The groups of each corpus that has some: how far their n-grams are from those of the whole. */
export function renderGroups(sets: readonly AnalysedSet[], id: string): readonly Content[] {
  return sets.map((set, index) =>
    set.groups.length === 0 ? null : renderFigure(groupFigure(`${id}-${String(index + 1)}`, set)),
  );
}

function groupFigure(id: string, { name, groups, groupCount }: AnalysedSet): Figure {
  const byDistance = groups.toSorted((a, b) => (b.jensenShannon ?? 0) - (a.jensenShannon ?? 0));
  const [farthest] = byDistance;
  const left = groupCount - groups.length;
  const rest = left === 0 ? '' : ` ${formatCounted(left, 'group')} with fewer rows are left out.`;
  return {
    id,
    title: `The groups of ${name}`,
    description: `How far the n-grams of each group are from those of all texts (Jensen–Shannon, in nats). Farthest is ${farthest?.name ?? ''}: ${decimals(farthest?.jensenShannon ?? null, 3)}.${rest}`,
    draw: (width) => groupsPlot(byDistance, width),
    table: {
      caption: `The groups of ${name}`,
      headings: [
        ...['group', 'rows', 'to the whole', 'entropy', 'Gini', 'top 1 %'],
        ...['distinct-1', 'distinct-2'],
      ],
      rows: byDistance.map(({ name: group, rows, jensenShannon, features }) => [
        ...[group, formatCount(rows), decimals(jensenShannon, 4)],
        ...cellsOf(features),
      ]),
    },
  };
}

function groupsPlot(groups: readonly AnalysedGroup[], width: number): PlotOptions {
  const longest = width > 500 ? 26 : 14;
  const shown = groups.map(({ name }) =>
    name.length <= longest ? name : `${name.slice(0, longest - 1)}…`,
  );
  const bars = groups.map(({ jensenShannon }, at) => ({ at, distance: jensenShannon ?? 0 }));
  const letters = Math.max(...shown.map(({ length }) => length));
  return {
    height: 44 + 24 * groups.length,
    ...{ marginTop: 4, marginRight: 20, marginBottom: 40, marginLeft: 20 + 7 * letters },
    x: { label: null },
    y: { label: null, type: 'band', domain: bars.map(({ at }) => at), padding: 0.35 },
    marks: [
      gridX({ ...quietGrid, ticks: 4 }),
      axisX({ ...quietAxis, ticks: 4, label: 'Jensen–Shannon to all texts', ...centred }),
      axisY({ ...quietAxis, fill: colours.text, tickFormat: (at: number) => shown[at] ?? '' }),
      barX(bars, { x: 'distance', y: 'at', fill: colours.accent, r: 2 }),
    ],
  };
}
