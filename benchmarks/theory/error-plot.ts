import { areaY, axisX, axisY, gridY, lineY, ruleY, text } from '@observablehq/plot';
import { plotSvg, seriesColours } from '../plot-svg.ts';
import { reach } from './compare-process.ts';
import { guarantee, type ProcessResult } from './theory-results.ts';

/** A line of the plot. */
interface Series {
  readonly label: string;
  readonly result: ProcessResult;
}

const width = 760;
const height = 420;

/** Errors by round on a logarithmic scale: exact ones as lines, simulated ones as bands of their 95 % intervals. */
export function errorPlot(series: readonly Series[]): string {
  const points = series.flatMap(({ label, result }) =>
    result.exact.map((exact, round) => {
      const middle = result.simulated[round] ?? 0;
      const half = reach['95 %'] * (result.standardErrors[round] ?? 0);
      return { label, round, exact, low: middle - half, high: middle + half };
    }),
  );
  const ends = series.map(({ label }) => {
    const last = points.findLast((point) => point.label === label);
    return { label, round: last?.round ?? 0, exact: last?.exact ?? 0 };
  });
  const most = Math.max(...ends.map(({ round }) => round));
  return plotSvg(
    {
      ...{ width, height, marginRight: 240, marginLeft: 50, marginBottom: 40 },
      x: { label: 'rounds of edits', domain: [0, most] },
      y: { type: 'log', label: 'error / B' },
      color: { domain: series.map(({ label }) => label), range: [...seriesColours] },
      marks: [
        gridY({ stroke: '#ddd' }),
        axisX({ labelAnchor: 'center', labelArrow: 'none' }),
        axisY({ tickFormat: '~g' }),
        ruleY([guarantee], { stroke: '#444', strokeDasharray: '4 3' }),
        text([{ at: guarantee }], {
          ...{ x: () => most, y: 'at', text: () => '2B', textAnchor: 'end', dx: -4, dy: -7 },
        }),
        areaY(points, { x: 'round', y1: 'low', y2: 'high', fill: 'label', fillOpacity: 0.25 }),
        lineY(points, { x: 'round', y: 'exact', stroke: 'label', strokeWidth: 2 }),
        text(ends, {
          ...{ x: 'round', y: 'exact', text: 'label', fill: 'label', textAnchor: 'start', dx: 6 },
          ...{ stroke: 'white', strokeWidth: 4 },
        }),
      ],
    },
    {
      title: 'Error of the linear model by rounds of edits',
      description: `Lines: exact; bands: 95 % intervals of the simulation. ${ends
        .map(({ label, round, exact }) => `${label}: ${exact.toFixed(2)} B after ${String(round)}`)
        .join('; ')}.`,
    },
  );
}
