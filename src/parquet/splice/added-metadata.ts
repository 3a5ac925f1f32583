import { type Field, Schema, Table, tableToIPC } from 'apache-arrow';
import { arrowSchemaIn } from '../footer/arrow-schema.ts';
import { type FileMetadata, inFooter } from '../footer/file-metadata.ts';
import {
  binaryIn,
  countIn,
  fieldOf,
  structsIn,
  type ThriftStruct,
} from '../footer/thrift-struct.ts';
import {
  binaryValue,
  i32Value,
  newStruct,
  structList,
  structValue,
  writeStruct,
} from '../footer/write-thrift.ts';
import type { AddedSchema } from './added-columns.ts';

/**
 * What FileMetaData is to say of added columns, by its fields' ids: 2 is schema, whose root's children are 5,
 * 5 key_value_metadata, 7 column_orders.
 *
 * @throws ToeditError `FILE_CORRUPT`
 */
export function addedMetadata(
  { path, struct }: FileMetadata,
  fields: readonly Field[],
  { elements, leaves }: AddedSchema,
): Map<number, Uint8Array> {
  const values = new Map<number, Uint8Array>();
  if (fields.length === 0) return values;
  return inFooter({ file: path }, () => {
    const [root, ...nodes] = structsIn(struct, 2);
    if (root === undefined) throw new Error('it has no schema');
    const children = i32Value((countIn(root, 5) ?? 0) + fields.length);
    const schema = [
      writeStruct(root, new Map([[5, children]])),
      ...nodes.map(bytesOf),
      ...elements,
    ];
    values.set(2, structList(schema).bytes);
    if (fieldOf(struct, 5) !== undefined) values.set(5, keyValues(structsIn(struct, 5), fields));
    if (fieldOf(struct, 7) !== undefined) {
      const orders = [...structsIn(struct, 7).map(bytesOf), ...leaves.map(() => typeOrder)];
      values.set(7, structList(orders).bytes);
    }
    return values;
  });
}

function bytesOf({ bytes, start, end }: ThriftStruct): Uint8Array {
  return bytes.subarray(start, end);
}

/** ColumnOrder: 1 is the order that the type defines. */
const typeOrder = newStruct([[1, structValue(newStruct([]))]]);

/** KeyValue: 1 is key, 2 value. */
function keyValues(pairs: readonly ThriftStruct[], fields: readonly Field[]): Uint8Array {
  const written = pairs.flatMap((pair) => {
    const [key, value] = [binaryIn(pair, 1), binaryIn(pair, 2)];
    if (key === undefined || value === undefined) return [bytesOf(pair)];
    if (Buffer.from(key).toString() !== 'ARROW:schema') return [bytesOf(pair)];
    const schema = withFields(Buffer.from(value).toString(), fields);
    return schema === undefined ? [] : [writeStruct(pair, new Map([[2, binaryValue(schema)]]))];
  });
  return structList(written).bytes;
}

/**
 * The Arrow schema in base64 that says how an Arrow reader is to see the columns, with those that are added.
 *
 * @returns undefined where apache-arrow does not know one of its types: without it, readers go by the Parquet types.
 */
function withFields(base64: string, fields: readonly Field[]): string | undefined {
  const schema = arrowSchemaIn(base64);
  if (schema === undefined) return undefined;
  try {
    const all = new Schema([...schema.fields, ...fields], schema.metadata);
    const stream = tableToIPC(new Table(all), 'stream');
    return Buffer.from(stream.subarray(0, stream.length - endBytes)).toString('base64');
  } catch {
    return undefined;
  }
}

/** The mark that ends a stream; a schema alone has none. */
const endBytes = 8;
