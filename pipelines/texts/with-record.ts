import { applyRecord } from '../../operators/apply-record.ts';
import { applyTextRecord } from '../../operators/apply-text-record.ts';
import { deadReasons } from '../../operators/dead-letters.ts';
import { type RebatchOptions, rebatch } from '../../operators/rebatch.ts';
import { takeRows } from '../../operators/take-rows.ts';
import { withColumns } from '../../src/arrow/columns.ts';
import { passReasonColumn } from '../../src/arrow/pass-reasons.ts';
import type { RunTotals } from '../../src/metrics/totals.ts';
import { compose, type Operator, type Source } from '../../src/operator.ts';
import {
  type TextOptions,
  type TextSelection,
  textSelection,
} from '../../src/texts/text-selection.ts';
import type { RunCorpusOptions } from '../stages/corpus-options.ts';
import { batchLimits } from '../stages/corpus-stages.ts';
import { textColumnOf } from '../stages/text-rows.ts';

/** The record of an output file. */
interface RecordedEdits {
  readonly record: { readonly rows: number; readonly batches?: () => Source };
  readonly edits: RunTotals['edits'];
}

/**
 * Applies a record to the rows of its input. Batches are cut as they were to be scored, so that the output does not depend on where
 * the record was resumed.
 */
export function withRecord(
  input: { readonly name: string; readonly selection: TextSelection | null },
  recorded: RecordedEdits,
  options: RunCorpusOptions,
): Operator {
  const { limit } = options;
  return compose(
    ...(limit === undefined ? [] : [takeRows(limit)]),
    rebatch(rowLimits(options)),
    applied(input, recorded, options),
  );
}

function applied(
  { name: file, selection }: Parameters<typeof withRecord>[0],
  { record, edits }: RecordedEdits,
  options: RunCorpusOptions,
): Operator {
  const { report = false, onBadRow = 'pass' } = options;
  const applying = { file, report, isEdited: edits.changed + edits.deleted > 0 };
  const batches = record.batches?.();
  if (selection !== null) {
    const dead = deadReasons(onBadRow);
    return applyTextRecord(batches, { ...applying, selection, texts: record.rows, dead });
  }
  if (batches === undefined) return withoutReasons;
  return applyRecord(batches, { ...applying, textColumn: textColumnOf(options) });
}

/** How rows are cut to be written; rows of which each is a text, as they were to be scored. */
export function rowLimits(options: TextOptions): RebatchOptions {
  const { bytes, column, ...limits } = batchLimits(textColumnOf(options));
  return textSelection(options) === null ? { ...limits, bytes, column } : limits;
}

/** Rows of which none passes for a reason. */
const withoutReasons: Operator = async function* withoutReasons(source) {
  for await (const batch of source) {
    const reasons = Array.from({ length: batch.numRows }, () => null);
    yield withColumns(batch, [passReasonColumn(reasons)]);
  }
};
