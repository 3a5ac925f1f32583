import type { MicroBatchReport } from '../inference/micro-batch-report.ts';
import type { RunTotals } from './run-totals.ts';

/** Adds what a micro-batch cost to totals. */
export function addMicroBatch(totals: RunTotals, report: MicroBatchReport): void {
  totals.microBatches++;
  totals.readTokens += report.tokens;
  totals.deviceTokens += report.scoredTokens;
  totals.paddedTokens += report.paddedTokens;
  totals.deviceBusyMs += report.busyMs;
}
