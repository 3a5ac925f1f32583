import type { SelectionReport } from '../analysis/selection-report.ts';
import { formatCounted } from './format-quantity.ts';
import { renderTable } from './render-table.ts';

/** What was selected, for people: several lines, the last one without a line break. */
export function renderSelection(report: SelectionReport, wanted: number): string {
  const { candidates, selected, targetDocuments, meanLogWeight, jensenShannon, files } = report;
  const rows = [
    ['', 'mean log weight', 'Jensen-Shannon to the target'],
    ['all', number(meanLogWeight.candidates), number(jensenShannon.candidates)],
    ['selected', number(meanLogWeight.selected), number(jensenShannon.selected)],
  ];
  const most = 10;
  const shown = files.slice(0, most).map(({ output, selected: own, rows: all }) => {
    return `  ${output}: ${String(own)} of ${formatCounted(all, 'row')}`;
  });
  const more = files.length > most ? [`  and ${String(files.length - most)} more files`] : [];
  const fewer =
    selected < wanted
      ? [`${formatCounted(wanted, 'row')} were asked for: no more have a text`]
      : [];
  return [
    `selected ${String(selected)} of ${formatCounted(candidates, 'text')} by ${formatCounted(targetDocuments, 'text')} of the target (DSIR)`,
    ...fewer,
    ...['', ...renderTable(rows), '', ...shown, ...more],
  ].join('\n');
}

function number(value: number | null): string {
  return value === null ? '-' : value.toFixed(4);
}
