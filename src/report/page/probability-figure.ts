import { axisX, axisY, gridY, type PlotOptions, rectY, ruleY } from '@observablehq/plot';
import { formatCount, formatShare } from '../format-quantity.ts';
import type { AnalysedSet } from './analysis-data.ts';
import type { Figure } from './figure.ts';
import { describe } from './findings.ts';
import {
  centred,
  colours,
  quietAxis,
  quietGrid,
  seriesColour,
  seriesSwatch,
} from './plot-style.ts';
import type { HistogramData } from './report-data.ts';

/** Tokens by probability, ten bins. */
interface Histogram {
  readonly name: string;
  readonly counts: readonly number[];
}

/** Tokens by probability, as they are and as they are expected to be. */
export function histogramFigure(
  id: string,
  { before, after }: HistogramData & { readonly before: readonly number[] },
): Figure {
  const setting =
    after === null
      ? ''
      : ` The strokes are what is expected after an edit at ${describe(after.setting)}.`;
  const histograms = [
    { name: 'before', counts: before },
    ...(after === null ? [] : [{ name: 'expected after', counts: after.counts }]),
  ];
  return {
    id,
    title: after === null ? 'Token probabilities' : 'Token probabilities, before and after',
    description: `The share of tokens by the probability that the prior gives them: ${endsOf(before)}.${setting}`,
    ...partsOf(histograms),
  };
}

/** Tokens of corpora by probability: the first, which the others are compared with, as bars. */
export function setProbabilitiesFigure(id: string, sets: readonly AnalysedSet[]): Figure {
  const histograms = sets.flatMap(({ name, scores }) =>
    scores === null ? [] : [{ name, counts: scores.histogram }],
  );
  const parts = histograms.slice(0, 2).map(({ name, counts }) => `${name} ${endsOf(counts)}`);
  return {
    id,
    title: 'Token probabilities',
    description: `The share of tokens by the probability that the prior gives them: ${parts.join('; ')}.`,
    ...partsOf(histograms),
  };
}

function endsOf(counts: readonly number[]): string {
  const [low = '', high = ''] = [counts[0], counts.at(-1)].map((count) =>
    formatShare(count ?? 0, sumOf(counts), 1),
  );
  return `${high} have 0.9 or more, ${low} less than 0.1`;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function partsOf(histograms: readonly Histogram[]): Pick<Figure, 'legend' | 'draw' | 'table'> {
  const legend = histograms.map(({ name }, index) => ({
    label: name,
    swatch: index === 0 ? ('soft' as const) : seriesSwatch(index),
  }));
  return {
    legend: histograms.length > 1 ? legend : [],
    draw: (width) => histogramPlot(histograms, width),
    table: {
      caption: 'Tokens by probability',
      headings: ['P(token)', ...histograms.flatMap(({ name }) => [`tokens, ${name}`, 'share'])],
      rows: (histograms[0]?.counts ?? []).map((_, bin) => [
        `${(bin / 10).toFixed(1)} to ${((bin + 1) / 10).toFixed(1)}`,
        ...histograms.flatMap(({ counts }) => [
          formatCount(counts[bin] ?? 0),
          formatShare(counts[bin] ?? 0, sumOf(counts), 1),
        ]),
      ]),
    },
  };
}

function histogramPlot(histograms: readonly Histogram[], width: number): PlotOptions {
  const [bars = [], ...strokes] = histograms.map(binsOf);
  const most = Math.max(...[bars, ...strokes].flatMap((bins) => bins.map(({ share }) => share)));
  return {
    ...{ height: 240, marginLeft: 44, marginRight: 12, marginBottom: 40 },
    x: { label: null, domain: [0, 1] },
    y: { label: null, domain: [0, most * 1.05 || 1] },
    marks: [
      gridY({ ...quietGrid, ticks: 4 }),
      axisY({ ...quietAxis, ticks: 4, tickFormat: (share: number) => formatShare(share, 1, 0) }),
      axisX({
        ...quietAxis,
        ticks: width > 500 ? 10 : 5,
        tickFormat: '.1f',
        label: 'P(token)',
        ...centred,
      }),
      rectY(bars, {
        ...{ x1: 'from', x2: 'to', y: 'share', inset: 1, insetBottom: 0, r: 2 },
        fill: strokes.length > 0 ? colours.soft : colours.accent,
      }),
      ...strokes.map((bins, index) => {
        const [inset, strokeWidth] = [3, 3];
        const places = strokes.length > 2 ? besides(bins, index, strokes.length) : bins;
        const stroke = seriesColour(index + 1);
        return ruleY(places, { x1: 'from', x2: 'to', y: 'share', inset, stroke, strokeWidth });
      }),
      ruleY([0], { stroke: colours.faint }),
    ],
  };
}

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

function binsOf({ counts }: Histogram): readonly Bin[] {
  const total = sumOf(counts) || 1;
  return counts.map((count, bin) => {
    return { from: bin / 10, to: (bin + 1) / 10, share: count / total };
  });
}

/** Many strokes stand side by side, each in its part of the bin. */
function besides(bins: readonly Bin[], index: number, count: number): readonly Bin[] {
  return bins.map(({ from, to, share }) => {
    const width = (to - from) / count;
    return { from: from + index * width, to: from + (index + 1) * width, share };
  });
}
