import type { RecordBatch } from 'apache-arrow';
import { childData, validity } from '../src/arrow/buffers.ts';
import { addedColumn } from '../src/arrow/columns.ts';
import { passReasonsOf } from '../src/arrow/pass-reasons.ts';
import { textColumn } from '../src/arrow/text-column.ts';
import {
  columnNames,
  editCountNames,
  editCountsType,
  tokenIdsType,
  tokenLogprobsType,
} from '../src/columns.ts';
import {
  addTotals,
  countsOf,
  emptyTotals,
  probabilityBins,
  type RunTotals,
  withCounts,
} from '../src/metrics/totals.ts';
import type { Operator } from '../src/operator.ts';
import { requireNames } from '../src/options.ts';
import { logThreshold } from '../src/resampling/resampling-options.ts';

/** Settings of {@link meter}. */
export interface MeterOptions {
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** The probability, in (0, 1], whose margin is watched; null for none. @defaultValue null */
  readonly threshold?: number | null | undefined;
}

/**
 * Adds up what passes: rows, text bytes, tokens, reasons to pass unedited, edit counters, the histogram of P(token) and
 * the smallest margin to the threshold, from those of the added columns that are there. What is counted
 * in a record batch goes with it too (`withCounts`); else batches pass unchanged. Logprobs that `scoreTokens` omitted are among the
 * counters that a batch brings (`countsOf`).
 *
 * @param totals - is added to in place; begin with `emptyTotals()`.
 * @throws ToeditError from the stream: `COLUMN_MISSING` without the text column, or `COLUMN_TYPE`.
 */
export function meter(totals: RunTotals, options: MeterOptions = {}): Operator {
  requireNames('meter', options, { textColumn: true, threshold: true });
  const { threshold = null } = options;
  const logLimit = threshold === null ? Number.NaN : logThreshold(threshold);
  return async function* meter(source) {
    for await (const batch of source) {
      const own = emptyTotals();
      countText(batch, options.textColumn ?? 'text', own);
      if (has(batch, columnNames.passReason)) countReasons(batch, own);
      if (has(batch, columnNames.tokenIds)) own.tokens += tokensOf(batch);
      if (has(batch, columnNames.tokenLogprobs)) countLogprobs(batch, logLimit, own);
      if (has(batch, columnNames.editCounts)) countEdits(batch, own);
      addTotals(totals, own);
      totals.omittedLogprobs += countsOf(batch)?.omittedLogprobs ?? 0;
      yield withCounts(batch, own);
    }
  };
}

function has(batch: RecordBatch, name: string): boolean {
  return batch.schema.fields.some((field) => field.name === name);
}

function countText(batch: RecordBatch, name: string, totals: RunTotals): void {
  const text = textColumn(batch, name);
  totals.rows += batch.numRows;
  for (let row = 0; row < text.length; row++) totals.textBytes += text.bytes(row).length;
}

function countReasons(batch: RecordBatch, totals: RunTotals): void {
  for (const reason of passReasonsOf(batch)) {
    if (reason !== null) totals.passed[reason]++;
  }
}

/**
 * The number of tokens in a record batch.
 *
 * @throws ToeditError where it has no `token_ids`, or such of another type.
 */
export function tokensOf(batch: RecordBatch): number {
  const { data } = addedColumn(batch, columnNames.tokenIds, tokenIdsType);
  const offsets = data.valueOffsets as Int32Array;
  return (offsets[data.length] ?? 0) - (offsets[0] ?? 0);
}

const unitsPerNat = 2 ** 20;

function countLogprobs(batch: RecordBatch, logLimit: number, totals: RunTotals): void {
  const { data } = addedColumn(batch, columnNames.tokenLogprobs, tokenLogprobsType);
  const items = childData(data, 0);
  const bits = validity(items);
  const logprobs = items.values as Float32Array;
  const offsets = data.valueOffsets as Int32Array;
  const end = offsets[data.length] ?? 0;
  for (let i = offsets[0] ?? 0; i < end; i++) {
    if (bits !== undefined && (((bits[i >> 3] ?? 0) >> (i & 7)) & 1) === 0) continue;
    const logprob = logprobs[i] ?? Number.NaN;
    totals.scoredTokens++;
    totals.surprise -= Math.round(logprob * unitsPerNat) / unitsPerNat;
    const bin = binOf(logprob);
    totals.probabilityHistogram[bin] = (totals.probabilityHistogram[bin] ?? 0) + 1;
    const margin = Math.abs(logprob - logLimit);
    if (margin < totals.smallestMargin) totals.smallestMargin = margin;
  }
}

const binLimits = Float32Array.from(probabilityBins, logThreshold);

function binOf(logprob: number): number {
  let bin = binLimits.length - 1;
  while (bin > 0 && !(logprob >= (binLimits[bin] ?? 0))) bin--;
  return bin;
}

function countEdits(batch: RecordBatch, totals: RunTotals): void {
  const { data } = addedColumn(batch, columnNames.editCounts, editCountsType);
  editCountNames.forEach((name, i) => {
    const counts = data.children[i]?.values as Int32Array;
    for (let row = 0; row < batch.numRows; row++) totals.edits[name] += counts[row] ?? 0;
  });
}
