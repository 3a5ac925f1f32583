import type { MicroBatchReport } from '../operators/score-tokens.ts';
import type { RunTotals } from '../src/report/run-totals.ts';

/** Counts micro-batches into a file's totals. */
export function countMicroBatch(totals: RunTotals): (report: MicroBatchReport) => void {
  return ({ tokens, scoredTokens, paddedTokens, busyMs }) => {
    totals.microBatches++;
    totals.readTokens += tokens;
    totals.deviceTokens += scoredTokens;
    totals.paddedTokens += paddedTokens;
    totals.deviceBusyMs += busyMs;
  };
}
