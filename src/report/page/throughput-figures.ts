import {
  areaY,
  axisX,
  axisY,
  barX,
  gridX,
  gridY,
  lineY,
  type PlotOptions,
  ruleY,
} from '@observablehq/plot';
import { formatCount, formatSeconds, formatShare } from '../format-quantity.ts';
import type { Figure } from './figure.ts';
import { centred, colours, quietAxis, quietGrid } from './plot-style.ts';
import type { ThroughputData } from './report-data.ts';

/** Tokens a second over the time of a run. */
export function throughputFigure(id: string, { rates, seconds, workers }: ThroughputData): Figure {
  const scale = seconds > 7200 ? 3600 : seconds > 180 ? 60 : 1;
  const unit = { 1: 'seconds', 60: 'minutes', 3600: 'hours' }[scale];
  const steps = rates.flatMap(({ from, to, rate }) =>
    [from, to].map((at) => ({ at: at / scale, rate })),
  );
  const most = Math.max(0, ...rates.map(({ rate }) => rate));
  const least = Math.min(...rates.map(({ rate }) => rate));
  return {
    id,
    title: 'Throughput over time',
    description: `Tokens scored a second, by ${workers === 1 ? 'one worker' : `${formatCount(workers)} workers together`}: from ${formatCount(least)} to ${formatCount(most)} in ${formatSeconds(seconds)}.`,
    draw: (width) => ({
      ...{ height: 200, marginLeft: 52, marginRight: 12, marginBottom: 36 },
      x: { label: null, domain: [0, seconds / scale] },
      y: { label: null, domain: [0, most * 1.08 || 1] },
      marks: [
        gridY({ ...quietGrid, ticks: 4 }),
        axisY({ ...quietAxis, ticks: 4, tickFormat: (value: number) => formatCount(value) }),
        axisX({ ...quietAxis, ticks: width / 90, label: unit, ...centred }),
        areaY(steps, { x: 'at', y1: 0, y2: 'rate', fill: colours.soft }),
        lineY(steps, { x: 'at', y: 'rate', stroke: colours.accent, strokeWidth: 2 }),
        ruleY([0], { stroke: colours.faint }),
      ],
    }),
    table: {
      caption: 'Throughput over time',
      headings: ['from', 'to', 'tokens/s'],
      rows: rates.map(({ from, to, rate }) => [
        formatSeconds(from),
        formatSeconds(to),
        formatCount(rate),
      ]),
    },
  };
}

/** Shares of the time of a stage. */
interface StageShares {
  readonly name: string;
  readonly busy: number;
  readonly waiting: number;
  readonly blocked: number;
  readonly busySeconds: number;
}

/** How each stage spent its time. */
export function stagesFigure(id: string, { stages, workerSeconds }: ThroughputData): Figure {
  const shares = stages.map(({ name, busySeconds, waitingSeconds, blockedSeconds }) => {
    const whole = Math.max(workerSeconds, busySeconds + waitingSeconds + blockedSeconds);
    const [busy, waiting] = [busySeconds / whole, waitingSeconds / whole];
    return { name, busy, waiting, blocked: blockedSeconds / whole, busySeconds };
  });
  const [busiest] = shares.toSorted((one, other) => other.busySeconds - one.busySeconds);
  const busy = formatShare(busiest?.busy ?? 0, 1, 0);
  const most = busiest === undefined ? '' : `: ${busiest.name} is busiest, for ${busy} of its time`;
  return {
    id,
    title: 'Where the time went',
    description: `Shares of the time of each stage${most}.`,
    legend: [
      { label: 'busy', swatch: 'bar' },
      { label: 'waiting for its input', swatch: 'soft' },
      { label: 'held up by the next stage', swatch: 'faint' },
    ],
    draw: () => stagesPlot(shares),
    table: {
      caption: 'Shares of the time of each stage',
      headings: ['stage', 'busy', 'waiting', 'blocked', 'busy for'],
      rows: shares.map(({ name, busySeconds, ...of }) => [
        name,
        ...[of.busy, of.waiting, of.blocked].map((share) => formatShare(share, 1, 1)),
        formatSeconds(busySeconds),
      ]),
    },
  };
}

function stagesPlot(shares: readonly StageShares[]): PlotOptions {
  const bars = shares.flatMap(({ name, busy, waiting, blocked }) => [
    { name, from: 0, to: busy, fill: colours.accent },
    { name, from: busy, to: busy + waiting, fill: colours.soft },
    { name, from: busy + waiting, to: busy + waiting + blocked, fill: colours.faint },
  ]);
  return {
    height: 40 + 30 * shares.length,
    ...{ marginTop: 4, marginRight: 20, marginBottom: 28, marginLeft: 72 },
    x: { label: null, domain: [0, 1] },
    y: { label: null, domain: shares.map(({ name }) => name), padding: 0.4 },
    color: { type: 'identity' },
    marks: [
      gridX({ ...quietGrid, ticks: 4 }),
      axisX({ ...quietAxis, ticks: 4, tickFormat: '%' }),
      axisY({ ...quietAxis, fill: colours.text }),
      barX(bars, { x1: 'from', x2: 'to', y: 'name', fill: 'fill' }),
    ],
  };
}
