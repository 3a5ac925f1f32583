import type { MicroBatchReport } from '../../operators/score-tokens.ts';
import { addMicroBatch } from '../../src/report/add-micro-batch.ts';
import type { RunTotals } from '../../src/report/run-totals.ts';

/** Counts micro-batches into a file's totals. */
export function countMicroBatch(totals: RunTotals): (report: MicroBatchReport) => void {
  return (report) => {
    addMicroBatch(totals, report);
  };
}
