import type { RecordBatch } from 'apache-arrow';
import { requireAbsent, withColumns } from '../src/arrow/columns.ts';
import { textColumn } from '../src/arrow/text-column.ts';
import { columnNames } from '../src/columns.ts';
import { type Place, ToeditError } from '../src/errors.ts';
import type { Operator } from '../src/operator.ts';
import { type OptionNames, requireNames } from '../src/options.ts';
import {
  type DocumentKey,
  documentKey,
  keyColumn,
  uniformDraw,
} from '../src/random/uniform-draw.ts';
import { editRecord } from '../src/record/make-record.ts';
import type { RowEdits } from '../src/resampling/edits.ts';
import { editColumns } from '../src/resampling/edits.ts';
import { rowResampler } from '../src/resampling/resample-row.ts';
import type { ResamplingOptions } from '../src/resampling/resampling-options.ts';
import {
  type ResamplingRequest,
  resamplingRequestNames,
  resolveResampling,
} from '../src/resampling/resampling-options.ts';
import type { ScoredRow } from '../src/resampling/scored-batch.ts';
import { candidatesField, logprobsField, scoredBatch } from '../src/resampling/scored-batch.ts';
import { requireAllScores, requireScored, scoringRuleOf } from '../src/resampling/scoring-rule.ts';
import type { TokenBytes } from '../src/text/token-bytes.ts';

/** What {@link resampleTokens} takes beside the prior. */
export type ResampleTokensOptions = ResamplingRequest & {
  /** From 0 to 2^64 - 1. @defaultValue 0n */
  readonly seed?: bigint | undefined;
  /** The column whose value keys a document's draws; where it is null, the text does. @defaultValue the text */
  readonly keyColumn?: string | undefined;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
};

const resampleOptionNames: OptionNames<ResampleTokensOptions> = {
  ...resamplingRequestNames,
  seed: true,
  keyColumn: true,
  textColumn: true,
};

/**
 * Decides which tokens are replaced or deleted, and by what: adds the columns `edits` and `edit_counts`. Reads the text,
 * `token_ids`, `token_logprobs` and, unless the threshold is null, `candidates`. The text stays: `applyEdits` changes it.
 *
 * A row's edits depend on its columns, the options and the seed alone, not on its batch or its place among the rows.
 *
 * @throws ToeditError `BAD_OPTION` at once for bad options; from the stream, `BAD_OPTION` where candidates or logprobs
 *   were not scored for these options, `COLUMN_MISSING`, `COLUMN_TYPE`, `COLUMN_EXISTS`, or `COLUMN_MISMATCH` where the tokens
 *   are not those of the text.
 */
export function resampleTokens(
  prior: { readonly tokenBytes: TokenBytes },
  options: ResampleTokensOptions = {},
): Operator {
  requireNames('resampleTokens', options, resampleOptionNames);
  const resampling = resolveResampling(options);
  const uniform = uniformDraw(options.seed ?? 0n);
  const stage: Stage = {
    resampling,
    resampleRow: rowResampler({ tokenBytes: prior.tokenBytes, options: resampling, uniform }),
    textColumn: options.textColumn ?? 'text',
    keyColumn: options.keyColumn,
  };
  return async function* resampleTokens(source, { signal } = {}) {
    let recordBatch = 0;
    for await (const batch of source) {
      signal?.throwIfAborted();
      yield resampleBatch(stage, batch, { recordBatch });
      recordBatch++;
    }
  };
}

interface Stage {
  readonly resampling: ResamplingOptions;
  readonly resampleRow: (row: ScoredRow, key: DocumentKey) => RowEdits;
  readonly textColumn: string;
  readonly keyColumn: string | undefined;
}

function resampleBatch(stage: Stage, batch: RecordBatch, place: Place): RecordBatch {
  requireAbsent(batch, [columnNames.edits, columnNames.editCounts]);
  const needsCandidates = stage.resampling.threshold !== null;
  if (needsCandidates) requireScored(scoringRuleOf(candidatesField(batch)), stage.resampling);
  requireAllScores(logprobsField(batch), stage.resampling);
  const text = textColumn(batch, stage.textColumn);
  const keyBytes = keyBytesOf(batch, stage.keyColumn, (row) => text.bytes(row));
  const scored = scoredBatch(batch, needsCandidates, place);
  const rows = Array.from({ length: batch.numRows }, (_, index) => {
    const row = scored(index);
    if (row === undefined) return undefined;
    const edits = stage.resampleRow(row, documentKey(keyBytes(index)));
    requireSameBytes(edits, text.bytes(index), row.place);
    return edits;
  });
  return withColumns(batch, editColumns(rows));
}

type BytesOfRow = (row: number) => Uint8Array;

function keyBytesOf(
  batch: RecordBatch,
  name: string | undefined,
  textBytes: BytesOfRow,
): BytesOfRow {
  if (name === undefined) return textBytes;
  const keys = keyColumn(batch, name);
  return (row) => keys(row) ?? textBytes(row);
}

function requireSameBytes({ byteLength }: RowEdits, text: Uint8Array, place: Place): void {
  if (byteLength === text.length) return;
  throw new ToeditError(
    'COLUMN_MISMATCH',
    `row ${place.row}: its tokens have ${byteLength} bytes, its text ${text.length}; score this text again with this prior`,
    { place },
  );
}

/** Settings of {@link recordEdits}. */
export interface RecordEditsOptions {
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
}

/**
 * Turns resampled batches into their record: a row each of what `applyRecord` needs to edit the text when it is read again.
 * Stands behind `resampleTokens`.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function recordEdits(
  prior: { readonly tokenBytes: TokenBytes },
  options: RecordEditsOptions = {},
): Operator {
  const { textColumn = 'text' } = options;
  requireNames('recordEdits', options, { textColumn: true });
  const { tokenBytes } = prior;
  return async function* recordEdits(source) {
    for await (const batch of source) yield editRecord(batch, { textColumn, tokenBytes });
  };
}
