import { areaY, axisX, axisY, dot, gridY, lineY, text } from '@observablehq/plot';
import { plotSvg, seriesColours } from '../plot-svg.ts';
import { estimatesByArm, type GenerationResults } from './generation-results.ts';
import type { Generation } from './generations.ts';

/** What a plot shows of each generation. */
export interface PlottedMeasure {
  readonly title: string;
  readonly label: string;
  readonly value: (generation: Generation) => number;
}

/** The plots of a run, by the name of their files. */
export const plottedMeasures: Readonly<Record<'perplexity' | 'vocabulary', PlottedMeasure>> = {
  perplexity: {
    title: 'Perplexity of held-out human text by generation',
    label: 'perplexity',
    value: ({ perplexity }) => perplexity,
  },
  vocabulary: {
    title: 'Distinct tokens of the corpus by generation',
    label: 'distinct tokens',
    value: ({ vocabulary }) => vocabulary,
  },
};

/** A measure by generation, a line for each arm; bands are 95 % intervals over seeds, where there are several. */
export function generationPlot(results: GenerationResults, measure: PlottedMeasure): string {
  const points = estimatesByArm(results).flatMap(({ arm, of }) =>
    of(measure.value).map(({ mean, half }, generation) => ({
      ...{ arm: arm.name, generation, mean },
      low: mean - (half ?? 0),
      high: mean + (half ?? 0),
    })),
  );
  const arms = [...new Set(points.map(({ arm }) => arm))];
  const last = Math.max(...points.map(({ generation }) => generation));
  const ends = arms.map((arm) => points.findLast((point) => point.arm === arm));
  return plotSvg(
    {
      ...{ width: 760, height: 360, marginLeft: 60, marginRight: 210, marginBottom: 40 },
      x: { label: 'generation', domain: [0, last], ticks: last },
      y: { label: measure.label },
      color: { domain: arms, range: [...seriesColours] },
      marks: [
        gridY({ stroke: '#ddd' }),
        axisX({ labelAnchor: 'center', labelArrow: 'none', ticks: last, tickFormat: 'd' }),
        axisY({}),
        areaY(points, { x: 'generation', y1: 'low', y2: 'high', fill: 'arm', fillOpacity: 0.2 }),
        lineY(points, { x: 'generation', y: 'mean', stroke: 'arm', strokeWidth: 2 }),
        dot(points, { x: 'generation', y: 'mean', fill: 'arm', r: 3 }),
        ...arms.map((arm, i) =>
          text([arm], {
            ...{ frameAnchor: 'top-right', textAnchor: 'start', dx: 12, dy: 4 + 18 * i },
            ...{ text: (name: string) => `● ${name}`, fill: seriesColours[i] ?? 'black' },
          }),
        ),
      ],
    },
    {
      title: measure.title,
      description: `After ${String(last)} generations: ${ends
        .map((end) => `${end?.arm ?? ''} ${(end?.mean ?? Number.NaN).toPrecision(4)}`)
        .join('; ')}.`,
    },
  );
}
