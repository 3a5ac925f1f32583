import { ToeditError } from '../../src/errors.ts';
import type { UnitReport } from '../../src/run/ledger/ledger-entry.ts';

/** A report of nothing, with the parts given in their place. */
export function unitReport(
  parts: Pick<UnitReport, 'input' | 'status'> & Partial<UnitReport>,
): UnitReport {
  return {
    ...{ output: null, rows: 0, bytes: 0, changed: 0, seconds: 0 },
    ...{ deadLetters: 0, deadLetterFile: null, deadLetterSha256: null },
    ...{ sha256: null, totals: null },
    ...parts,
  };
}

/** The report of a unit or file that failed. `started` is the `performance.now()` of its beginning. */
export function failedUnit(input: string, error: unknown, started: number): UnitReport {
  const code = error instanceof ToeditError ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  const seconds = (performance.now() - started) / 1000;
  return unitReport({ input, status: 'failed', seconds, error: { code, message } });
}

/** The report of a file or member that was met and left out. */
export function skippedUnit(input: string, reason: string): UnitReport {
  return unitReport({ input, status: 'skipped', error: { code: 'SKIPPED', message: reason } });
}
