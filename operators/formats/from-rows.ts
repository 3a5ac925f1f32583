import { type Field, RecordBatch, Schema, Struct } from 'apache-arrow';
import { ToeditError } from '../../src/errors.ts';
import type { Source } from '../../src/operator.ts';
import { type OptionNames, requireInteger, requireNames } from '../../src/options.ts';
import { structOf } from '../../src/rows/column-of-values.ts';
import { inferFields, type PlainRow, rowMisfit } from '../../src/rows/infer-type.ts';
import { plainCells } from '../../src/rows/plain-cells.ts';

/** Options of {@link fromRows}. */
export interface FromRowsOptions {
  /** The columns and their types. @defaultValue what the rows of the first record batch hold */
  readonly schema?: Schema | undefined;
  /** Rows of a record batch at most. @defaultValue 1000 */
  readonly batchRows?: number | undefined;
}

const fromRowsNames: OptionNames<FromRowsOptions> = { schema: true, batchRows: true };

/**
 * Makes record batches of plain objects, a row each, for those who have no Arrow: strings become Utf8 columns, numbers Float64, `bigint`s
 * Int64, booleans Bool, `Date`s timestamps in milliseconds, `Uint8Array`s Binary, arrays lists, objects structs. Every column is
 * nullable; a member that is missing or undefined is null. {@link toRows} gives the same objects back.
 *
 * @throws ToeditError on reading: `COLUMN_TYPE` with the row (from 0) and the member that its column does not hold, where later rows
 * differ from the first batch. At once: `BAD_OPTION`.
 */
export function fromRows(
  rows: Iterable<PlainRow> | AsyncIterable<PlainRow>,
  options: FromRowsOptions = {},
): Source {
  requireNames('fromRows', options, fromRowsNames);
  const { batchRows = 1000 } = options;
  requireInteger('batchRows', batchRows, [1]);
  return batchesOf(rows, { ...options, batchRows });
}

async function* batchesOf(
  rows: Iterable<PlainRow> | AsyncIterable<PlainRow>,
  { batchRows, ...options }: FromRowsOptions & { readonly batchRows: number },
): Source {
  let { schema } = options;
  let pending: PlainRow[] = [];
  let firstRow = 0;
  const take = (): RecordBatch => {
    schema ??= new Schema(inferFields(pending));
    const batch = batchOf(pending, schema, firstRow);
    firstRow += pending.length;
    pending = [];
    return batch;
  };
  for await (const row of rows) {
    pending.push(row);
    if (pending.length === batchRows) yield take();
  }
  if (pending.length > 0 || firstRow === 0) yield take();
}

function batchOf(rows: readonly PlainRow[], schema: Schema, firstRow: number): RecordBatch {
  for (const [index, row] of rows.entries()) requireFit(row, schema.fields, firstRow + index);
  const type = new Struct(schema.fields);
  const data = structOf(rows, type);
  return new RecordBatch(schema, data);
}

function requireFit(row: unknown, fields: readonly Field[], index: number): void {
  const place = { row: index };
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new ToeditError(
      'COLUMN_TYPE',
      `row ${index} is not an object of columns: ${String(row)}`,
      { place },
    );
  }
  const wrong = rowMisfit(row as PlainRow, fields);
  if (wrong === undefined) return;
  const { path, found, expected } = wrong;
  const problem = `row ${index}: ${JSON.stringify(path)} is ${found}, and its column holds ${String(expected)}`;
  throw new ToeditError(
    'COLUMN_TYPE',
    `${problem}; make the rows alike, or name the columns with schema`,
    { place },
  );
}

/**
 * The rows of record batches as plain objects of all columns: what {@link fromRows} took, and for other types of Arrow as near as
 * JavaScript comes: integers of 64 bits as `bigint`, binary as bytes, dates and timestamps up to milliseconds as `Date`, lists and
 * structs as arrays and objects; decimals, finer timestamps and the rest by their JSON (docs/formats.md).
 *
 * @throws ToeditError on reading: `COLUMN_TYPE` for a type that has no such form.
 */
export async function* toRows(source: Source): AsyncGenerator<Record<string, unknown>, void> {
  for await (const batch of source) {
    const row = plainCells(batch.data);
    for (let index = 0; index < batch.numRows; index++) {
      yield row(index) as Record<string, unknown>;
    }
  }
}
