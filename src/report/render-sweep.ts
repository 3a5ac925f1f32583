import type { SweepReport, SweepRow, WantedReport } from '../metrics/sweep-report.ts';
import { formatCounted, formatShare } from './format-quantity.ts';
import { renderTable } from './render-table.ts';

/** What settings would do, for people: several lines, the last one without a line break. */
export function renderSweep(report: SweepReport): string {
  const { documents, tokens, meanLogprob, entropy, settings, wanted } = report;
  return [
    `${formatCounted(tokens, 'token')} of ${formatCounted(documents, 'document')}: mean ln P ${signed(meanLogprob, 3)}, entropy of P's histogram ${entropy.toFixed(3)} nats (ln 10 = 2.303 at most)`,
    '',
    ...renderRows(settings),
    '',
    'expected over all seeds, as shares of all tokens; ± is one standard deviation between seeds',
    ...(wanted === undefined ? [] : ['', ...renderWanted(wanted)]),
  ].join('\n');
}

const headings = [
  ...['P >=', 'top-k', 'temperature', 'eligible', 'changed', '±', 'refused'],
  ...['entropy', 'mean ln P'],
];

function renderRows(rows: readonly SweepRow[]): readonly string[] {
  return renderTable([headings, ...rows.map(cellsOf)]);
}

function cellsOf(row: SweepRow): readonly string[] {
  return [
    String(row.threshold),
    String(row.topK),
    String(row.temperature),
    formatShare(row.eligibleShare, 1),
    formatShare(row.changedShare, 1, 3),
    formatShare(row.changedDeviation, 1, 3),
    formatShare(row.refusedShare, 1, 3),
    signed(row.entropyChange, 4),
    signed(row.meanLogprobChange, 4),
  ];
}

function renderWanted({ share, settings, unreachable }: WantedReport): readonly string[] {
  const wanted = formatShare(share, 1);
  const found =
    settings.length === 0
      ? [`nothing here changes ${wanted} of all tokens`]
      : [`settings that change ${wanted} of all tokens:`, ...renderRows(settings)];
  return [
    ...found,
    ...unreachable.map(({ threshold, topK, leastShare, mostShare }) => {
      const range = `${formatShare(leastShare, 1, 3)} to ${formatShare(mostShare, 1, 3)}`;
      return `  P >= ${String(threshold)}, top-k ${String(topK)}: ${range} at any temperature; ${mostShare < share ? 'lower the threshold, or exclude the original token' : 'raise the threshold'}`;
    }),
  ];
}

function signed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return value > 0 ? `+${text}` : text;
}
