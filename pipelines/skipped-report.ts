import type { FileReport } from '../src/report/run-summary.ts';

/** The report of a file or member that was met and left out. */
export function skippedReport(input: string, reason: string): FileReport {
  const error = { code: 'SKIPPED', message: reason };
  const nothing = { rows: 0, bytes: 0, changed: 0, seconds: 0 };
  return { input, output: null, status: 'skipped', ...nothing, error };
}
