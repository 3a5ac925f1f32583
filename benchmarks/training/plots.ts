import {
  axisX,
  axisY,
  dot,
  gridX,
  gridY,
  lineY,
  link,
  type Markish,
  ruleX,
  text,
} from '@observablehq/plot';
import { plotSvg, seriesColours } from '../plot-svg.ts';
import { chainArm, chainNames, editedArms, lastGeneration, mixtureArms, source } from './arms.ts';
import { type ArmKey, differenceOf, type Evidence, lossOf } from './evidence.ts';
import type { Estimate } from './intervals.ts';

/** A value with its interval. */
interface Point {
  readonly series: string;
  readonly at: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

const size = { width: 720, height: 380 };
const quietGrid = { stroke: '#ddd', strokeOpacity: 1 };

/** Perplexity by the share of synthetic text, of both held-out corpora. */
export function mixturesPlot(evidence: Evidence): string {
  const points = ['validation', 'test'].flatMap((series) =>
    mixtureArms.flatMap((arm) => pointOf(series, arm.share * 100, lossOf(evidence, arm, series))),
  );
  return plotSvg(
    {
      ...{ ...size, marginRight: 110, marginLeft: 60 },
      x: { label: 'synthetic tokens, %', domain: [0, 100] },
      ...{ y: { label: 'perplexity' }, color: { range: [...seriesColours] } },
      marks: [gridY(quietGrid), ...axes([0, 25, 50, 75, 100]), ...lines(points)],
    },
    {
      title: 'Perplexity of human text by the share of synthetic text in training',
      description: describe(points),
    },
  );
}

/** Perplexity by generation, of each way to make its corpus. */
export function generationsPlot(evidence: Evidence): string {
  const points = Object.entries(chainNames).flatMap(([arm, series]) =>
    Array.from({ length: lastGeneration + 1 }, (_, generation) =>
      pointOf(series, generation, lossOf(evidence, chainArm(arm, generation), 'test')),
    ).flat(),
  );
  return plotSvg(
    {
      ...{ ...size, marginRight: 290, marginLeft: 60 },
      x: { label: 'generation', domain: [0, lastGeneration] },
      y: { label: 'test perplexity' },
      color: { range: [...seriesColours] },
      marks: [
        gridY(quietGrid),
        ...axes(Array.from({ length: lastGeneration + 1 }, (_, at) => at)),
        ...lines(points),
      ],
    },
    {
      title: 'Perplexity of human text by generation',
      description: describe(points),
    },
  );
}

/** How editing changes the test perplexity, in percent, setting by setting. */
export function editedPlot(evidence: Evidence): string {
  const rows = editedArms.flatMap((arm: ArmKey & { readonly name: string }) => {
    const difference = differenceOf(evidence, [arm, source], 'test');
    if (difference === null) return [];
    const { mean, half } = difference;
    const [low, middle, high] = [mean - half, mean, mean + half].map(
      (nats) => 100 * Math.expm1(nats),
    );
    return [{ name: arm.name.replaceAll('`', ''), low, middle, high }];
  });
  return plotSvg(
    {
      ...{ ...size, marginLeft: 240, height: 260 },
      x: { label: 'change of test perplexity against unedited text, %' },
      y: { label: null, type: 'point', domain: rows.map(({ name }) => name) },
      marks: [
        gridX(quietGrid),
        axisX({ labelAnchor: 'center', labelArrow: 'none' }),
        axisY({ tickSize: 0 }),
        ruleX([0], { stroke: '#444' }),
        link(rows, { x1: 'low', x2: 'high', y1: 'name', y2: 'name', stroke: seriesColours[0] }),
        dot(rows, { x: 'middle', y: 'name', fill: seriesColours[0], r: 4 }),
      ],
    },
    {
      title: 'Change of test perplexity by editing the training text, with 95 % intervals',
      description: rows
        .map(({ name, middle }) => `${name}: ${(middle ?? 0).toFixed(2)} %`)
        .join('; '),
    },
  );
}

function pointOf(series: string, at: number, loss: Estimate | null): readonly Point[] {
  if (loss === null) return [];
  const half = Number.isFinite(loss.half) ? loss.half : 0;
  const [low, middle, high] = [loss.mean - half, loss.mean, loss.mean + half].map(Math.exp);
  return [{ series, at, middle: middle ?? 0, low: low ?? 0, high: high ?? 0 }];
}

function axes(ticks: readonly number[]): readonly Markish[] {
  return [
    axisX(ticks, { labelAnchor: 'center', labelArrow: 'none', tickFormat: String }),
    axisY({}),
  ];
}

/** A line for each series, its intervals, and its name at its end. */
function lines(points: readonly Point[]): readonly Markish[] {
  const names = [...new Set(points.map(({ series }) => series))];
  const ends = names.flatMap((name) => points.findLast(({ series }) => series === name) ?? []);
  const interval = { x1: 'at', x2: 'at', y1: 'low', y2: 'high', stroke: 'series' };
  const z = 'series';
  return [
    link(points, { ...interval, strokeWidth: 1.5, strokeOpacity: 0.6 }),
    lineY(points, { x: 'at', y: 'middle', z, stroke: 'series', strokeWidth: 2 }),
    dot(points, { x: 'at', y: 'middle', fill: 'series', r: 3.5 }),
    text(apart(ends, points), {
      ...{ x: 'at', y: 'middle', text: 'series', fill: 'series', textAnchor: 'start', dx: 8 },
    }),
  ];
}

/** Ends of lines with their heights for names, which stand a twentieth of the plot apart. */
function apart(ends: readonly Point[], points: readonly Point[]): readonly Point[] {
  const heights = points.flatMap(({ low, high }) => [low, high]);
  const gap = (Math.max(...heights) - Math.min(...heights)) / 20;
  let last = Number.NEGATIVE_INFINITY;
  return ends
    .toSorted((one, other) => one.middle - other.middle)
    .map((end) => {
      last = Math.max(end.middle, last + gap);
      return { ...end, middle: last };
    });
}

function describe(points: readonly Point[]): string {
  return points
    .map(({ series, at, middle }) => `${series}, ${at}: ${middle.toFixed(0)}`)
    .join('; ');
}
