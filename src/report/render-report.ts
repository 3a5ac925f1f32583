import { formatBytes } from './format-quantity.ts';
import type { Finding } from './page/report-data.ts';

/** What was found, and where the page is, for people. */
export function renderWrittenReport(report: {
  readonly output: string;
  readonly bytes: number;
  readonly findings: readonly Finding[];
}): string {
  const findings = report.findings.map(
    ({ severity, text }) => `  ${severity === 'warning' ? 'warning: ' : ''}${text}`,
  );
  return [...findings, `report: ${report.output} (${formatBytes(report.bytes)})`].join('\n');
}
