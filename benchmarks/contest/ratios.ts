import { median } from '../median.ts';

/** How many times as fast as the other one was, round by round. */
export function ratios(other: readonly number[], seconds: readonly number[]): readonly number[] {
  return other.map((each, round) => each / (seconds[round] ?? Number.NaN));
}

/** Median and spread, as cells of a table. */
export function ratioCells(values: readonly number[]): readonly [string, string] {
  const spread = `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;
  return [median(values).toFixed(3), spread];
}

/** One line of a verdict. */
export function goalLine(other: string, values: readonly number[], goal: number): string {
  const [ratio] = ratioCells(values);
  const met = median(values) >= goal ? 'met' : 'not met';
  return `- at least ${goal.toFixed(2)} times ${other}: **${met}** (${ratio})`;
}
