import { type Field, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import type { Column } from './column-of.ts';

/**
 * The batch with the columns put in place of those of the same name, or appended in the order given. Schema and batch
 * metadata stay. Nothing is copied.
 *
 * @throws RangeError where a column's length is not the batch's.
 */
export function withColumns(batch: RecordBatch, columns: readonly Column[]): RecordBatch {
  const all = columnsOf(batch);
  for (const column of columns) {
    if (column.data.length !== batch.numRows) {
      throw new RangeError(
        `column ${column.field.name} has ${column.data.length} rows, its batch ${batch.numRows}`,
      );
    }
    const index = all.findIndex(({ field }) => field.name === column.field.name);
    if (index === -1) all.push(column);
    else all[index] = column;
  }
  return rebuild(batch, all);
}

/**
 * The batch without the columns of these names; names it does not have are ignored. Schema and batch metadata stay.
 * A batch that keeps no column has no rows.
 */
export function withoutColumns(batch: RecordBatch, names: readonly string[]): RecordBatch {
  return rebuild(
    batch,
    columnsOf(batch).filter(({ field }) => !names.includes(field.name)),
  );
}

function columnsOf(batch: RecordBatch): Column[] {
  return batch.schema.fields.flatMap((field: Field, index) => {
    const data = batch.data.children[index];
    return data === undefined ? [] : [{ field, data }];
  });
}

function rebuild(batch: RecordBatch, columns: readonly Column[]): RecordBatch {
  const fields = columns.map(({ field }) => field);
  const children = columns.map(({ data }) => data);
  const schema = new Schema(fields, new Map(batch.schema.metadata));
  const length = columns.length === 0 ? 0 : batch.numRows;
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  return new RecordBatch(schema, data, batch.metadata);
}
