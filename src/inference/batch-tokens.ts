import { Field, type RecordBatch } from 'apache-arrow';
import { addedColumn } from '../arrow/added-column.ts';
import type { Column } from '../arrow/column-of.ts';
import { int32ListData } from '../arrow/list-data.ts';
import { listReader } from '../arrow/list-reader.ts';
import { validity } from '../arrow/validity.ts';
import { columnNames, tokenIdsType } from '../columns.ts';
import type { DocumentTokens } from './scored-documents.ts';

/** The tokens of a record batch's documents. */
export interface BatchTokens extends DocumentTokens {
  /** Token ids by row, views of the batch; none where the row passes unedited. */
  readonly documents: readonly Int32Array[];
}

/**
 * Reads `token_ids`.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function batchTokens(batch: RecordBatch): BatchTokens {
  const { data } = addedColumn(batch, columnNames.tokenIds, tokenIdsType);
  const lists = listReader<Int32Array>(data);
  const documents = Array.from({ length: batch.numRows }, (_, row) =>
    lists.isValid(row) ? lists.items(row) : none,
  );
  return { documents, offsets: offsetsOf(documents), validity: validity(data) };
}

const none = new Int32Array(0);

/** The tokens, but with null in the place of some documents. */
export function withoutDocuments(tokens: BatchTokens, rows: ReadonlySet<number>): BatchTokens {
  const documents = tokens.documents.map((tokenIds, row) => (rows.has(row) ? none : tokenIds));
  const bits =
    tokens.validity?.slice() ?? new Uint8Array(Math.ceil(documents.length / 8)).fill(0xff);
  for (const row of rows) bits[row >> 3] = (bits[row >> 3] ?? 0) & ~(1 << (row & 7));
  return { documents, offsets: offsetsOf(documents), validity: bits };
}

/** The tokens of documents that all have some, or none for being empty. */
export function tokensOf(documents: readonly Int32Array[]): BatchTokens {
  return { documents, offsets: offsetsOf(documents), validity: undefined };
}

/** The column `token_ids` of the tokens. */
export function tokenIdsColumn({ documents, offsets, validity }: BatchTokens): Column {
  const values = new Int32Array(offsets.at(-1) ?? 0);
  documents.forEach((tokenIds, row) => {
    values.set(tokenIds, offsets[row]);
  });
  const field = new Field(columnNames.tokenIds, tokenIdsType, true);
  return { field, data: int32ListData(offsets, values, validity) };
}

function offsetsOf(documents: readonly Int32Array[]): Int32Array {
  const offsets = new Int32Array(documents.length + 1);
  documents.forEach(({ length }, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + length;
  });
  return offsets;
}
