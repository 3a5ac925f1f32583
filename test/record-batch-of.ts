import { type Field, makeData, RecordBatch, Schema, Struct, vectorFromArray } from 'apache-arrow';

/** A record batch built by Arrow's own builders: one array of values a field. */
export function recordBatchOf(
  columns: readonly { readonly field: Field; readonly values: readonly unknown[] }[],
): RecordBatch {
  const fields = columns.map(({ field }) => field);
  const length = columns[0]?.values.length ?? 0;
  const children = columns.map(({ field, values }) => {
    const data = vectorFromArray([...values], field.type).data[0];
    return data ?? makeData({ type: field.type, length: 0 });
  });
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields), data);
}
