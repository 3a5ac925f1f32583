import { RecordBatch } from 'apache-arrow';
import { addTotals, emptyTotals, type RunTotals } from './totals.ts';

/**
 * Counters by the metadata map of their record batch: operators make new batches of the columns, and hand this map on as it
 * is. A copy of the map has no counters.
 */
const countsByMetadata = new WeakMap<RecordBatch['metadata'], RunTotals>();

/** What was counted while the record batch was made; undefined where nothing was. */
export function countsOf({ metadata }: RecordBatch): Readonly<RunTotals> | undefined {
  return countsByMetadata.get(metadata);
}

/**
 * The record batch with these counters added to those that it has: they go with it, through every operator that keeps the batch's own
 * metadata, to the journal, which writes them down. The batch given stays as it is; no column is copied.
 */
export function withCounts(batch: RecordBatch, counts: Readonly<RunTotals>): RecordBatch {
  const whole = emptyTotals();
  for (const part of [countsOf(batch) ?? [], counts].flat()) addTotals(whole, part);
  const metadata = new Map(batch.metadata);
  countsByMetadata.set(metadata, whole);
  return new RecordBatch(batch.schema, batch.data, metadata);
}
