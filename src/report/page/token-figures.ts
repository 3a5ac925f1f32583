import {
  axisX,
  axisY,
  dot,
  gridY,
  lineY,
  type PlotOptions,
  rectY,
  ruleY,
  text,
} from '@observablehq/plot';
import type { SweepReport, SweepRow } from '../../metrics/sweep-report.ts';
import { formatCount, formatShare } from '../format-quantity.ts';
import type { Figure } from './figure.ts';
import { describe } from './findings.ts';
import { centred, colours, quietAxis, quietGrid } from './plot-style.ts';
import type { HistogramData } from './report-data.ts';

/** A bin of the histogram: shares of all tokens before, and as expected after. */
interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly share: number;
  readonly then: number;
}

/** Tokens by probability, as they are and as they are expected to be. */
export function histogramFigure(
  id: string,
  { before, after }: HistogramData & { readonly before: readonly number[] },
): Figure {
  const total = before.reduce((sum, count) => sum + count, 0);
  const share = (count = 0): number => (total === 0 ? 0 : count / total);
  const bins = before.map((count, bin) => ({
    ...{ from: bin / 10, to: (bin + 1) / 10, count },
    ...{ share: share(count), then: share(after?.counts[bin]) },
  }));
  const isCompared = after !== null;
  const setting = isCompared
    ? ` The strokes are what is expected after an edit at ${describe(after.setting)}.`
    : '';
  const [first, last] = [before[0], before.at(-1)].map((count) => formatShare(share(count), 1, 1));
  return {
    id,
    title: isCompared ? 'Token probabilities, before and after' : 'Token probabilities',
    description: `The share of tokens by the probability that the prior gives them: ${last ?? ''} have 0.9 or more, ${first ?? ''} less than 0.1.${setting}`,
    ...(isCompared && {
      legend: [
        { label: 'before', swatch: 'soft' as const },
        { label: 'expected after', swatch: 'line' as const },
      ],
    }),
    draw: () => histogramPlot(bins, isCompared),
    table: {
      caption: 'Tokens by probability',
      headings: [
        'P(token)',
        'tokens',
        'share',
        ...(isCompared ? ['expected after', 'share after'] : []),
      ],
      rows: bins.map(({ from, to, count, share: part, then }) => [
        ...[`${from.toFixed(1)} to ${to.toFixed(1)}`, formatCount(count), formatShare(part, 1)],
        ...(isCompared ? [formatCount(then * total), formatShare(then, 1)] : []),
      ]),
    },
  };
}

function histogramPlot(bins: readonly Bin[], isCompared: boolean): PlotOptions {
  const most = Math.max(...bins.flatMap(({ share, then }) => [share, then]));
  const strokes = {
    x1: 'from',
    x2: 'to',
    y: 'then',
    inset: 3,
    stroke: colours.accent,
    strokeWidth: 3,
  };
  return {
    ...{ height: 240, marginLeft: 44, marginRight: 12, marginBottom: 40 },
    x: { label: null, domain: [0, 1] },
    y: { label: null, domain: [0, most * 1.05 || 1] },
    marks: [
      gridY({ ...quietGrid, ticks: 4 }),
      axisY({ ...quietAxis, ticks: 4, tickFormat: '%' }),
      axisX({ ...quietAxis, ticks: 10, tickFormat: '.1f', label: 'P(token)', ...centred }),
      rectY(bins, {
        ...{ x1: 'from', x2: 'to', y: 'share', inset: 1 },
        fill: isCompared ? colours.soft : colours.accent,
      }),
      ...(isCompared ? [ruleY(bins, strokes)] : []),
      ruleY([0], { stroke: colours.faint }),
    ],
  };
}

/** What settings would change. */
export function sweepFigure(id: string, { settings, wanted }: SweepReport): Figure {
  const rows = [...settings, ...(wanted?.settings ?? [])];
  const shares = rows.map(({ changedShare }) => changedShare).filter((share) => share > 0);
  const range = `from ${percentOf(Math.min(...shares, 1))} to ${percentOf(Math.max(...shares, 0))}`;
  const goal = wanted === undefined ? '' : ` The dashed line is at ${percentOf(wanted.share)}.`;
  return {
    id,
    title: 'What other settings would change',
    description: `The share of tokens expected to change, by temperature, a line for each threshold and number of candidates, on a logarithmic scale: ${range}.${goal}`,
    draw: (width) => sweepPlot(rows, { shares, width, wanted: wanted?.share }),
    table: sweepTable(rows),
  };
}

const sweepHeight = 280;
const sweepMargins = { marginTop: 16, marginBottom: 40, marginLeft: 56 } as const;

function sweepPlot(
  rows: readonly SweepRow[],
  {
    shares,
    width,
    wanted,
  }: {
    readonly shares: readonly number[];
    readonly width: number;
    readonly wanted: number | undefined;
  },
): PlotOptions {
  const isWide = width > 500;
  const series = seriesOf(rows.filter(({ changedShare }) => changedShare > 0));
  const temperatures = rows.map(({ temperature }) => temperature);
  const domain = [Math.min(...shares, 1) / 1.5, Math.max(...shares, 1e-6) * 1.5] as const;
  const ticks = logTicks(domain);
  const labels = spread(series, domain).map(({ name, ...place }) => ({
    ...place,
    name: isWide ? name : (name.split(',')[0] ?? ''),
  }));
  return {
    ...{ ...sweepMargins, height: sweepHeight, marginRight: isWide ? 168 : 72 },
    x: { label: null, domain: [Math.min(...temperatures), Math.max(...temperatures)] },
    y: { label: null, type: 'log', domain },
    marks: [
      gridY(ticks, quietGrid),
      axisY(ticks, { ...quietAxis, tickFormat: percentOf }),
      axisX({ ...quietAxis, ticks: 6, label: 'temperature', ...centred }),
      ...(wanted === undefined
        ? []
        : [ruleY([wanted], { stroke: colours.muted, strokeDasharray: '3 3' })]),
      ...series.map(({ rows: of }) =>
        lineY(of, { ...sweepPoint, stroke: colours.accent, strokeWidth: 2 }),
      ),
      dot(rows, { ...sweepPoint, r: 3.5, fill: colours.accent, stroke: 'var(--page)' }),
      text(labels, {
        x: 'temperature',
        y: 'share',
        text: 'name',
        dx: 10,
        textAnchor: 'start',
        fill: colours.text,
      }),
    ],
  };
}

const sweepPoint = { x: 'temperature', y: 'changedShare' } as const;

interface Series {
  readonly name: string;
  readonly rows: readonly SweepRow[];
}

function seriesOf(rows: readonly SweepRow[]): readonly Series[] {
  const names = rows.map(
    ({ threshold, topK }) => `P ≥ ${String(threshold)}, ${String(topK)} candidates`,
  );
  return [...new Set(names)].map((name) => ({
    name,
    rows: rows
      .filter((_, index) => names[index] === name)
      .toSorted((one, other) => one.temperature - other.temperature),
  }));
}

/** Where the name of each line stands: at its end, and at least a line's height from the next one. */
function spread(series: readonly Series[], [least, most]: readonly [number, number]) {
  const { marginTop, marginBottom } = sweepMargins;
  const step = (Math.log(most / least) * 15) / (sweepHeight - marginTop - marginBottom);
  let below = Number.NEGATIVE_INFINITY;
  return series
    .flatMap(({ name, rows }) => {
      const last = rows.at(-1);
      return last === undefined
        ? []
        : [{ name, temperature: last.temperature, share: last.changedShare }];
    })
    .toSorted((one, other) => one.share - other.share)
    .map((label) => {
      below = Math.max(Math.log(label.share), below + step);
      return { ...label, share: Math.exp(below) };
    });
}

function sweepTable(rows: readonly SweepRow[]): Figure['table'] {
  return {
    caption: 'Settings, and what is expected of them',
    headings: [
      ...['P ≥', 'candidates', 'temperature', 'eligible', 'changed'],
      ...['±', 'refused', 'entropy', 'mean ln P'],
    ],
    rows: rows.map((row) => [
      ...[row.threshold, row.topK, row.temperature].map(String),
      formatShare(row.eligibleShare, 1),
      ...[row.changedShare, row.changedDeviation, row.refusedShare].map((share) =>
        formatShare(share, 1, 3),
      ),
      ...[row.entropyChange, row.meanLogprobChange].map((change) => change.toFixed(4)),
    ]),
  };
}

/** Powers of ten, and thirds of the way between where these are few. */
function logTicks([least, most]: readonly [number, number]): readonly number[] {
  const powers = Array.from({ length: 12 }, (_, power) => 10 ** -power);
  const inside = (ticks: readonly number[]): readonly number[] =>
    ticks.filter((tick) => tick >= least && tick <= most);
  const few = inside(powers);
  return few.length > 2 ? few : inside(powers.flatMap((power) => [power, 5 * power, 2 * power]));
}

/** A share with as many decimals as it has to show. */
function percentOf(share: number): string {
  return `${Number((100 * share).toPrecision(2)).toString()} %`;
}
