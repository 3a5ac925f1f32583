import { probabilityBins } from '../metrics/totals.ts';
import { formatCount, formatShare } from './format-quantity.ts';

/** How P(token) is spread: a line a bin, with how many tokens are in it, and how many have its least P or more. */
export function renderHistogram(histogram: readonly number[] | null): readonly string[] {
  const total = histogram?.reduce((sum, count) => sum + count, 0) ?? 0;
  if (histogram === null || total === 0) return [];
  const width = Math.max('tokens'.length, formatCount(total).length);
  const cell = (count: number): string =>
    `${formatCount(count).padStart(width)} ${formatShare(count, total).padStart(9)}`;
  const heading = `${'P(token)'.padEnd(20)}${'tokens'.padStart(width)}${' '.repeat(12)}P or more`;
  const lines = histogram.map((count, bin) => {
    const from = String(probabilityBins[bin] ?? '');
    const to = String(probabilityBins[bin + 1] ?? 1);
    const above = histogram.slice(bin).reduce((sum, tokens) => sum + tokens, 0);
    return `    ${`${from} to ${to}`.padEnd(18)}${cell(count)}  ${cell(above)}`;
  });
  return [`  ${heading}`, ...lines];
}
