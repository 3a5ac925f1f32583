import { axisX, axisY, dot, gridY, lineY, type PlotOptions, ruleY, text } from '@observablehq/plot';
import type { SweepReport, SweepRow } from '../../metrics/sweep-report.ts';
import { formatShare } from '../format-quantity.ts';
import type { Figure, Table } from './figure.ts';
import { centred, colours, quietAxis, quietGrid } from './plot-style.ts';

/** What settings would change. */
export function sweepFigure(
  id: string,
  { settings, wanted }: SweepReport,
  own: SweepRow | undefined,
): Figure {
  const rows = [...settings, ...(wanted?.settings ?? [])];
  const shares = rows.map(({ changedShare }) => changedShare).filter((share) => share > 0);
  const range = `from ${percentOf(Math.min(...shares, 1))} to ${percentOf(Math.max(...shares, 0))}`;
  const goal = wanted === undefined ? '' : ` The dashed line is at ${percentOf(wanted.share)}.`;
  const here = own === undefined ? '' : ' The ring is the setting of this run.';
  return {
    id,
    title: 'What other settings would change',
    description: `The share of tokens expected to change, by temperature, a line for each threshold and number of candidates, on a logarithmic scale: ${range}.${goal}${here}`,
    draw: (width) => sweepPlot(rows, { shares, width, wanted: wanted?.share, own }),
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
    own,
  }: {
    readonly shares: readonly number[];
    readonly width: number;
    readonly wanted: number | undefined;
    readonly own: SweepRow | undefined;
  },
): PlotOptions {
  const series = seriesOf(rows.filter(({ changedShare }) => changedShare > 0));
  const temperatures = rows.map(({ temperature }) => temperature);
  const domain = [Math.min(...shares, 1) / 1.5, Math.max(...shares, 1e-6) * 1.5] as const;
  const ticks = logTicks(domain);
  const labels = spread(series, domain).map(({ name, ...place }) => ({
    ...place,
    name: width > 500 ? name : (name.split(',')[0] ?? ''),
  }));
  const longest = Math.max(0, ...labels.map(({ name }) => name.length));
  return {
    ...{ ...sweepMargins, height: sweepHeight, marginRight: 26 + 6 * longest },
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
      ...(own === undefined || own.changedShare === 0
        ? []
        : [dot([own], { ...sweepPoint, r: 8, stroke: 'var(--series-2)', strokeWidth: 2 })]),
      text(labels, labelStyle),
    ],
  };
}

const labelStyle = {
  ...{ x: 'temperature', y: 'share', text: 'name', dx: 10 },
  textAnchor: 'start',
  ...{ fill: colours.text, stroke: 'var(--page)', strokeWidth: 4 },
} as const;

const sweepPoint = { x: 'temperature', y: 'changedShare' } as const;

interface Series {
  readonly name: string;
  readonly rows: readonly SweepRow[];
}

function seriesOf(rows: readonly SweepRow[]): readonly Series[] {
  const isOne = new Set(rows.map(({ topK }) => topK)).size === 1;
  const names = rows.map(({ threshold, topK }) =>
    isOne ? `P ≥ ${String(threshold)}` : `P ≥ ${String(threshold)}, ${String(topK)} candidates`,
  );
  return [...new Set(names)].map((name) => ({
    name,
    rows: rows
      .filter((_, index) => names[index] === name)
      .toSorted((one, other) => one.temperature - other.temperature),
  }));
}

interface Label {
  readonly name: string;
  readonly temperature: number;
  readonly share: number;
}

/** Where the name of each line stands: at its end, and at least a line's height above those that end near it. */
function spread(
  series: readonly Series[],
  [least, most]: readonly [number, number],
): readonly Label[] {
  const { marginTop, marginBottom } = sweepMargins;
  const step = (Math.log(most / least) * 15) / (sweepHeight - marginTop - marginBottom);
  const ends = series.flatMap(({ name, rows }): readonly Label[] => {
    const last = rows.at(-1);
    if (last === undefined) return [];
    return [{ name, temperature: last.temperature, share: last.changedShare }];
  });
  const reach = Math.max(...ends.map(({ temperature }) => temperature)) / 4;
  const placed: Label[] = [];
  for (const label of ends.toSorted((one, other) => one.share - other.share)) {
    const near = placed.filter((one) => Math.abs(one.temperature - label.temperature) < reach);
    const below = Math.max(-Infinity, ...near.map(({ share }) => Math.log(share) + step));
    placed.push({ ...label, share: Math.exp(Math.max(Math.log(label.share), below)) });
  }
  return placed;
}

/** The shares that are expected to change: a row for each threshold and number of candidates, a column for each temperature. */
export function sweepMatrix({ settings, wanted }: SweepReport): Table {
  const temperatures = [...new Set(settings.map(({ temperature }) => temperature))];
  const isSame = (one: SweepRow, other: SweepRow): boolean =>
    one.threshold === other.threshold && one.topK === other.topK;
  const firsts = settings.filter(
    (row, index) => settings.findIndex((other) => isSame(row, other)) === index,
  );
  const share = (row: SweepRow | undefined): string =>
    row === undefined ? '–' : formatShare(row.changedShare, 1, 3);
  return {
    caption: 'Tokens expected to change',
    headings: [
      ...['P ≥', 'candidates', 'eligible'],
      ...temperatures.map((temperature) => `temperature ${String(temperature)}`),
      ...(wanted === undefined ? [] : [`${percentOf(wanted.share)} at`]),
    ],
    rows: firsts.map((first) => [
      ...[String(first.threshold), String(first.topK), formatShare(first.eligibleShare, 1)],
      ...temperatures.map((temperature) =>
        share(settings.find((row) => isSame(row, first) && row.temperature === temperature)),
      ),
      ...(wanted === undefined
        ? []
        : [String(wanted.settings.find((row) => isSame(row, first))?.temperature ?? '–')]),
    ]),
  };
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
