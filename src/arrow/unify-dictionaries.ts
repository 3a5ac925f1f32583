import {
  BufferType,
  Data,
  DataType,
  type Dictionary,
  RecordBatch,
  type Struct,
  Vector,
} from 'apache-arrow';
import { concatData } from './concat-data.ts';
import { dictionaryOf, sharesDictionary } from './dictionary-of.ts';
import { type GrowingDictionary, growingDictionary } from './growing-dictionary.ts';

/**
 * Rewrites the dictionary columns of record batches, one after the other, to indices into one dictionary a column that
 * only grows: the Arrow file format cannot replace a dictionary.
 *
 * Buffers must start at offset 0.
 *
 * @throws CannotMerge where the indices no longer fit their type, or a dictionary whose order means something changes.
 */
export function unifyDictionaries(): (batch: RecordBatch) => RecordBatch {
  const columns = new Map<number, UnifiedColumn>();
  const unify = (data: Data): Data => {
    if (DataType.isDictionary(data.type)) {
      const column = columns.get(data.type.id) ?? unifiedColumn(data.type, data);
      columns.set(data.type.id, column);
      return column(data);
    }
    if (data.children.length === 0) return data;
    return new Data(data.type, 0, data.length, data.nullCount, data, data.children.map(unify));
  };
  return (batch) =>
    columns.size === 0 && !batch.schema.fields.some(({ type }) => hasDictionary(type))
      ? batch
      : new RecordBatch(batch.schema, unify(batch.data) as Data<Struct>, batch.metadata);
}

type UnifiedColumn = (data: Data) => Data;

function unifiedColumn(type: Dictionary, first: Data): UnifiedColumn {
  const seed = dictionaryOf(first).data;
  let grown: GrowingDictionary | undefined;
  return (data) => {
    if (sharesDictionary(first, data) && grown === undefined) return data;
    grown ??= growingDictionary(type, concatData, seed);
    const buffers = {
      [BufferType.DATA]: grown.indicesOf(data),
      [BufferType.VALIDITY]: data.nullBitmap,
    };
    const dictionary = new Vector([...grown.chunks]);
    return new Data(type, 0, data.length, data.nullCount, buffers, [], dictionary);
  };
}

function hasDictionary(type: DataType): boolean {
  const children = (type.children as { type: DataType }[] | null) ?? [];
  return DataType.isDictionary(type) || children.some((child) => hasDictionary(child.type));
}
