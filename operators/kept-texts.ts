import type { RecordBatch } from 'apache-arrow';
import { passReasonsOf, rowsByReason } from '../src/arrow/pass-reasons.ts';
import type { PassReason } from '../src/columns.ts';
import type { Source } from '../src/operator.ts';
import { hasTextPlaces, textPlaces } from '../src/texts/text-rows.ts';

/** The rows of a record's batch that were not set aside, ascending. */
export type KeptTexts = (batch: RecordBatch) => Int32Array;

/**
 * Finds out which rows of a record were set aside. Where a row has more texts it is, with all of them, for one; the record is then read
 * once before, since it may lie in more batches than one.
 *
 * @param reasons - for which rows are set aside
 */
export async function keptTexts(
  record: () => Source,
  reasons: readonly PassReason[],
): Promise<KeptTexts> {
  const dead = new Set<number>();
  for await (const batch of record()) {
    if (!hasTextPlaces(batch)) return (each) => rowsByReason(each, reasons).kept;
    const { row } = textPlaces(batch);
    passReasonsOf(batch).forEach((reason, index) => {
      if (reason !== null && reasons.includes(reason)) dead.add(row(index));
    });
  }
  return (batch) => {
    const { row } = textPlaces(batch);
    const rows = Int32Array.from({ length: batch.numRows }, (_, index) => index);
    return rows.filter((index) => !dead.has(row(index)));
  };
}
