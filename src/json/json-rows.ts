import { DataType, type RecordBatch } from 'apache-arrow';
import { columnOf } from '../arrow/column-of.ts';
import { arrowToJson, textToJson } from './arrow-to-json.ts';

/**
 * The rows of a record batch as JSON Lines: an object of all columns, in order, by the mapping of `arrowToJson`.
 *
 * @param textName - a binary column of this name is written as text, not in base64.
 * @throws ToeditError `COLUMN_TYPE`
 */
export function* jsonRows(batch: RecordBatch, textName: string): Generator<Uint8Array, void> {
  const columns = batch.schema.fields.map(({ name, type }) => {
    const { data } = columnOf(batch, name);
    const isBinary = DataType.isBinary(type) || DataType.isLargeBinary(type);
    const cells = name === textName && isBinary ? textToJson(data) : arrowToJson(data);
    return { prefix: `${JSON.stringify(name)}:`, cells };
  });
  for (let row = 0; row < batch.numRows; row++) {
    const members = columns.map(({ prefix, cells }) => prefix + cells(row));
    yield Buffer.from(`{${members.join(',')}}\n`);
  }
}
