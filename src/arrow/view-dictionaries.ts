import { Binary, Data, DataType, Dictionary, type RecordBatch, Utf8, Vector } from 'apache-arrow';
import { validity } from './buffers.ts';
import { type BytesType, byteCells, isText } from './byte-cells.ts';
import { columnOf, withColumns } from './columns.ts';
import { joinTexts, textData } from './text-column.ts';

/** A dictionary of views as one of utf8 or binary; every other type as it is. */
export function withoutViewDictionary(type: DataType): DataType {
  if (!DataType.isDictionary(type)) return type;
  const values = type.dictionary as DataType;
  if (!DataType.isUtf8View(values) && !DataType.isBinaryView(values)) return type;
  const plain = isText(values) ? new Utf8() : new Binary();
  return new Dictionary(plain, type.indices, type.id, type.isOrdered);
}

/** Puts dictionaries of utf8 or binary in the place of columns that are dictionaries of views. */
export function plainDictionaries(): (batch: RecordBatch) => RecordBatch {
  const known = new WeakMap<Data, Data>();
  return (batch) => {
    const columns = batch.schema.fields.flatMap(({ name }) => {
      const { field, data } = columnOf(batch, name);
      const type = withoutViewDictionary(data.type);
      if (type === data.type || !DataType.isDictionary(type)) return [];
      const chunks = (data.dictionary?.data ?? []).map((chunk: Data) => {
        const plain = known.get(chunk) ?? plainValues(chunk, type.dictionary as BytesType);
        known.set(chunk, plain);
        return plain;
      });
      const { offset, length } = data;
      const plain = new Data<DataType>(type, offset, length, -1, data, [], new Vector(chunks));
      return [{ field: field.clone({ type }), data: plain }];
    });
    return columns.length === 0 ? batch : withColumns(batch, columns);
  };
}

function plainValues(chunk: Data, type: BytesType): Data {
  const cells = byteCells(chunk);
  const texts = Array.from({ length: chunk.length }, (_, index) =>
    chunk.getValid(index) ? cells(index) : new Uint8Array(0),
  );
  return textData(type, joinTexts(texts, validity(chunk)));
}
