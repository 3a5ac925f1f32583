import { Field, Int64, makeData, type RecordBatch, Utf8, vectorFromArray } from 'apache-arrow';
import { type Column, withColumns, withoutColumns } from '../src/arrow/columns.ts';
import { selectRows } from '../src/arrow/concat/record-batches.ts';
import { passReasonsOf, rowsByReason } from '../src/arrow/pass-reasons.ts';
import { columnNames, type PassReason, passReasons } from '../src/columns.ts';
import { ToeditError } from '../src/errors.ts';
import { dropEmptyBatches, type Operator, type Source } from '../src/operator.ts';
import { requireInteger, requireNames } from '../src/options.ts';
import { type RowPlaces, rowPlaces } from '../src/texts/text-rows.ts';

/** Settings of {@link refuseBadRows}. */
export interface RefuseBadRowsOptions {
  /** Where the stream's first row stands in its file. @defaultValue 0 */
  readonly firstRow?: number | undefined;
}

/**
 * Ends the stream with an error at the first row that would pass unedited. Stands behind `tokenize`, or behind
 * `scoreTokens` to refuse rows that the prior fails on too. Batches without such rows pass unchanged.
 *
 * @throws ToeditError `BAD_OPTION` at once; from the stream, `BAD_ROW` naming row and reason, `COLUMN_MISSING` or
 *   `COLUMN_TYPE`.
 */
export function refuseBadRows(options: RefuseBadRowsOptions = {}): Operator {
  requireNames('refuseBadRows', options, { firstRow: true });
  const { firstRow = 0 } = options;
  requireInteger('firstRow', firstRow, [0]);
  return async function* refuseBadRows(source) {
    let seen = firstRow;
    for await (const batch of source) {
      requireGoodRows(batch, seen);
      seen += batch.numRows;
      yield batch;
    }
  };
}

function requireGoodRows(batch: RecordBatch, firstRow: number): void {
  const reasons = passReasonsOf(batch);
  const index = reasons.findIndex((reason) => reason !== null);
  const reason = reasons[index] ?? null;
  if (reason !== null) throw badRow(rowPlaces(batch, firstRow), index, reason);
}

function badRow({ row, words }: RowPlaces, index: number, reason: PassReason): ToeditError {
  return new ToeditError(
    'BAD_ROW',
    `${words(index)} cannot be edited (${reason}: ${meanings[reason]}): mend or remove it, or let such rows pass or set them aside with --on-bad-row`,
    { place: { row: row(index) } },
  );
}

const meanings: Readonly<Record<PassReason, string>> = {
  null_text: 'it has no text',
  not_text: 'its text is no string',
  not_json: 'its line is not a JSON object',
  over_byte_limit: 'its text is longer than asked for',
  invalid_utf8: 'its text is not UTF-8',
  tokenizer_mismatch: "the prior's tokenizer does not give its text back",
  tokenizer_failed: "the prior's tokenizer failed on it",
  inference_failed: 'the prior failed on it',
};

/**
 * Why rows are set aside under a policy for bad rows. One that the prior or its tokenizer could not read, for want of memory or time,
 * is set aside unless it is to fail its file.
 */
export function deadReasons(policy: 'pass' | 'dead-letter' | 'fail'): readonly PassReason[] {
  return policy === 'dead-letter' ? passReasons : ['tokenizer_failed', 'inference_failed'];
}

/**
 * Drops the rows whose `pass_reason` makes them dead letters, and that column. Batches of which nothing is left go, but
 * for one where nothing is left at all.
 *
 * @param reasons - those of dead letters; where there are none, only the column goes.
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE` where a batch has no `pass_reason`.
 */
export function dropDeadLetters(reasons: readonly PassReason[]): Operator {
  return async function* dropDeadLetters(source) {
    yield* dropEmptyBatches(keptRows(source, reasons));
  };
}

async function* keptRows(source: Source, reasons: readonly PassReason[]): Source {
  for await (const batch of source) {
    const { kept } = rowsByReason(batch, reasons);
    yield withoutColumns(keep(batch, kept), [columnNames.passReason]);
  }
}

function keep(batch: RecordBatch, rows: Int32Array): RecordBatch {
  return rows.length === batch.numRows ? batch : selectRows(batch, rows);
}

/** The columns of dead letters. */
export const deadLetterNames = [
  'dead_letter_reason',
  'dead_letter_row',
  'dead_letter_input',
] as const;

/** Options of {@link takeDeadLetters}. */
export interface TakeDeadLettersOptions {
  /** The values of `pass_reason` that make a row a dead letter. */
  readonly reasons: readonly PassReason[];
  /** The name of the input that the rows are from. */
  readonly input: string;
}

/**
 * Passes only the rows whose `pass_reason` makes them dead letters. In place of that column come `dead_letter_reason`
 * (Utf8), `dead_letter_row` (Int64, the row of the input from 0: the source begins there) and `dead_letter_input` (Utf8),
 * none of them null; columns of these names are replaced. Without a dead letter, one batch of no rows is left.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE` where a batch has no `pass_reason`.
 */
export function takeDeadLetters(options: TakeDeadLettersOptions): Operator {
  requireNames('takeDeadLetters', options, { reasons: true, input: true });
  return async function* takeDeadLetters(source) {
    yield* dropEmptyBatches(deadRows(source, options));
  };
}

async function* deadRows(source: Source, { reasons, input }: TakeDeadLettersOptions): Source {
  let firstRow = 0;
  for await (const batch of source) {
    const { dead, deadReasons } = rowsByReason(batch, reasons);
    // The reason goes last: a batch without a column would have no rows.
    const placed = withPlaces(selectRows(batch, dead), {
      reasons: deadReasons,
      rows: BigInt64Array.from(dead, (row) => BigInt(firstRow + row)),
      inputs: deadReasons.map(() => input),
    });
    yield withoutColumns(placed, [columnNames.passReason]);
    firstRow += batch.numRows;
  }
}

interface Places {
  readonly reasons: readonly string[];
  readonly rows: BigInt64Array;
  readonly inputs: readonly string[];
}

function withPlaces(batch: RecordBatch, { reasons, rows, inputs }: Places): RecordBatch {
  const [reasonName, rowName, inputName] = deadLetterNames;
  const data = makeData({ type: new Int64(), data: rows });
  return withColumns(batch, [
    textsColumn(reasonName, reasons),
    { field: new Field(rowName, new Int64(), false), data },
    textsColumn(inputName, inputs),
  ]);
}

function textsColumn(name: string, texts: readonly string[]): Column {
  const type = new Utf8();
  const data = vectorFromArray(texts, type).data[0] ?? makeData({ type, length: 0 });
  return { field: new Field(name, type, false), data };
}
