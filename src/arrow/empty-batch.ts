import { makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';
import { concatData } from './concat-data.ts';

/** A record batch of no rows, whose data has every buffer and child that its types ask for: safe to write. */
export function emptyBatch(schema: Schema): RecordBatch {
  const children = schema.fields.map(({ type }) => concatData([makeData({ type, length: 0 })]));
  const data = makeData({ type: new Struct(schema.fields), length: 0, nullCount: 0, children });
  return new RecordBatch(schema, data);
}
