import { emptyTotals } from '#toedit/src/metrics/totals';
import type { LedgerEntry, OutputReport } from '#toedit/src/run/ledger/ledger';

/** An output that was finished. */
export function doneOutput(input: string, facts: Partial<OutputReport> = {}): OutputReport {
  return {
    ...{ input, output: `/out/${input}`, status: 'done', rows: 10, bytes: 1000, changed: 3 },
    ...{ seconds: 2, deadLetters: 0, deadLetterFile: null, sha256: 'ab'.repeat(32) },
    deadLetterSha256: null,
    totals: { ...emptyTotals(), rows: 10, textBytes: 1000, tokens: 250, deviceTokens: 250 },
    ...facts,
  };
}

/** An output that failed. */
export function failedOutput(input: string, facts: Partial<OutputReport> = {}): OutputReport {
  const nothing = { output: null, rows: 0, bytes: 0, changed: 0, sha256: null, totals: null };
  const error = { code: 'FILE_CORRUPT', message: `${input} is cut off; fetch it again` };
  return { ...doneOutput(input), ...nothing, status: 'failed', error, ...facts };
}

/** An entry of a ledger. */
export function entryOf(task: number, facts: Partial<LedgerEntry> = {}): LedgerEntry {
  const at = '2026-11-22T12:00:00.000Z';
  return { task, attempt: 0, status: 'done', retryable: false, at, outputs: [], ...facts };
}
