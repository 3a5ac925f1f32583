import type { RoundReport, RoundsReport } from '../metrics/rounds-report.ts';
import { formatCount, formatCounted, formatShare } from './format-quantity.ts';
import { renderTable } from './render-table.ts';

/** Rounds of editing, for people: several lines, the last one without a line break. */
export function renderRounds({ rounds, wanted, isComplete }: RoundsReport): string {
  const ended = isComplete ? 'done' : 'not at their end';
  return [
    `${formatCounted(wanted, 'round')} ${ended}: each edits what the one before wrote`,
    '',
    ...renderTable([headings, ...rounds.map(cellsOf)]),
    '',
    'eligible: tokens at the threshold or above; ratio: to the round before',
  ].join('\n');
}

const headings = [
  ...['round', 'tokens', 'eligible', 'share', 'ratio'],
  ...['changed', 'share', 'ratio', 'written to'],
];

function cellsOf(report: RoundReport): readonly string[] {
  const { tokens, eligible, changed } = report;
  return [
    ...[String(report.round), formatCount(tokens)],
    ...[formatCount(eligible), formatShare(eligible, tokens), renderRatio(report.eligibleRatio)],
    ...[formatCount(changed), formatShare(changed, tokens, 3), renderRatio(report.changedRatio)],
    report.output,
  ];
}

function renderRatio(ratio: number | null): string {
  return ratio === null ? '-' : ratio.toFixed(4);
}
