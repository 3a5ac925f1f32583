import { Field, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { addedColumn } from '../../src/arrow/columns.ts';
import { int32ListData, listReader } from '../../src/arrow/lists.ts';
import { columnNames, tokenIdsType } from '../../src/columns.ts';

/** A record batch of the column `token_ids` alone. */
export function tokenBatch(rows: readonly Int32Array[]): RecordBatch {
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((ids, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + ids.length;
  });
  const values = new Int32Array(offsets[rows.length] ?? 0);
  rows.forEach((ids, row) => {
    values.set(ids, offsets[row]);
  });
  const fields = [new Field(columnNames.tokenIds, tokenIdsType, true)];
  const children = [int32ListData(offsets, values)];
  const type = new Struct(fields);
  const data = makeData({ type, length: rows.length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields), data);
}

/** The token ids of each row of a batch that has any, views of its memory. */
export function* tokenRows(batch: RecordBatch): Generator<Int32Array> {
  const ids = listReader<Int32Array>(addedColumn(batch, columnNames.tokenIds, tokenIdsType).data);
  for (let row = 0; row < batch.numRows; row++) if (ids.isValid(row)) yield ids.items(row);
}
