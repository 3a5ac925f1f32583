import { Data, type DataType, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';

/**
 * The record batch under an equal schema that another process wrote, down to the types of its data: dictionaries are
 * numbered by process, and writers tell them apart by their numbers. Nothing is copied.
 */
export function underSchema(schema: Schema, batch: RecordBatch): RecordBatch {
  const children = batch.data.children.map((child, index) =>
    retype(child, (schema.fields[index]?.type as DataType | undefined) ?? child.type),
  );
  const type = new Struct(schema.fields);
  const data = makeData({ type, length: batch.numRows, nullCount: 0, children });
  return new RecordBatch(schema, data, batch.metadata);
}

function retype(data: Data, type: DataType): Data {
  const { offset, length, nullCount, dictionary, variadicBuffers } = data;
  const children = data.children.map((child, index) =>
    retype(child, (type.children[index]?.type as DataType | undefined) ?? child.type),
  );
  return new Data(type, offset, length, nullCount, data, children, dictionary, variadicBuffers);
}
