import type { RecordBatch } from 'apache-arrow';
import { applyEdits } from '#toedit/operators/apply-edits';
import { recordEdits, resampleTokens } from '#toedit/operators/resample-tokens';
import { withColumns, withoutColumns } from '#toedit/src/arrow/columns';
import { passReasonColumn } from '#toedit/src/arrow/pass-reasons';
import { columnNames } from '#toedit/src/columns';
import { corpusScoring, type ScoredCorpus, scoredRecordBatch } from '../scored-documents.ts';
import { collect, countedSource } from './text-batch.ts';

const given = { threshold: corpusScoring.threshold, topK: 4, dropBelow: 0.1 };
const added = Object.values(columnNames);
const sourceOf = (batches: readonly RecordBatch[]) => countedSource(batches).source;

/** A batch of documents, and what becomes of it. */
export interface Recorded {
  readonly input: RecordBatch;
  readonly record: RecordBatch;
  /** What `applyEdits` makes of it. */
  readonly edited: RecordBatch;
}

/** Resamples the documents, and keeps the record. */
export async function recorded({ tokenBytes, documents }: ScoredCorpus): Promise<Recorded> {
  const prior = { tokenBytes };
  const scored = scoredRecordBatch(documents);
  const reasons = documents.map(({ text }) => (text === null ? ('null_text' as const) : null));
  const resample = resampleTokens(prior, given);
  const [resampled] = await collect(
    resample(sourceOf([withColumns(scored, [passReasonColumn(reasons)])])),
  );
  if (resampled === undefined) throw new Error('no record batch');
  const only = async (batches: Promise<RecordBatch[]>) => (await batches)[0] as RecordBatch;
  const keep = { report: true, keep: [columnNames.passReason] };
  return {
    input: withoutColumns(scored, added),
    record: await only(collect(recordEdits(prior)(sourceOf([resampled])))),
    edited: await only(collect(applyEdits(prior, keep)(sourceOf([resampled])))),
  };
}
