import type { RecordBatch } from 'apache-arrow';
import type { Column } from '../arrow/column-of.ts';
import { passReasonColumn, passReasonsOf } from '../arrow/pass-reason-column.ts';
import { columnNames } from '../columns.ts';
import type { ScoredPack } from './score-packed.ts';

/** The documents that have a window which the device refused. */
export function failedDocuments(scored: readonly ScoredPack[]): ReadonlySet<number> {
  const failed = new Set<number>();
  for (const { pack, scores } of scored) {
    if (scores === null) for (const { document } of pack.windows) failed.add(document);
  }
  return failed;
}

/**
 * The column `pass_reason` with `inference_failed` at the documents that failed.
 *
 * @throws the first failure, where the batch has no such column to note it in.
 */
export function failedColumn(batch: RecordBatch, scored: readonly ScoredPack[]): Column {
  if (!batch.schema.names.includes(columnNames.passReason)) {
    for (const part of scored) if (part.scores === null) throw part.failure;
  }
  const failed = failedDocuments(scored);
  const reasons = passReasonsOf(batch);
  return passReasonColumn(
    reasons.map((reason, row) => (failed.has(row) ? 'inference_failed' : reason)),
  );
}
