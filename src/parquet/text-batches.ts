import {
  Binary,
  type Data,
  DataType,
  Dictionary,
  Field,
  FixedSizeBinary,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  type TypeMap,
  Utf8,
  Vector,
} from 'apache-arrow';
import { joinTexts, type TextCells, textData } from '../arrow/text-column.ts';
import { arrowSchemaOf } from './footer/arrow-schema.ts';
import type { FileMetadata } from './footer/file-metadata.ts';
import type { SchemaLeaf } from './footer/schema-leaves.ts';

/** What texts of a Parquet file are in record batches. */
export type ParquetTextType = Utf8 | Binary | FixedSizeBinary | Dictionary<Utf8, Int32>;

/** A column of texts, in record batches of that column alone. */
export interface TextColumnShape {
  readonly name: string;
  readonly type: ParquetTextType;
}

/** The type of the texts of a leaf; of nulls alone as of text. */
export function textTypeOf(
  file: FileMetadata,
  leaf: SchemaLeaf | undefined,
  column: string,
): ParquetTextType {
  if (leaf?.physicalType === 'FIXED_LEN_BYTE_ARRAY') return new FixedSizeBinary(leaf.typeLength);
  const arrow = arrowSchemaOf(file)?.fields.find(({ name }) => name === column)?.type as unknown;
  const isOrdered = DataType.isDictionary(arrow) && arrow.isOrdered;
  if (isOrdered) return new Dictionary(new Utf8(), new Int32(), undefined, true);
  return leaf?.physicalType === 'BYTE_ARRAY' && !leaf.isText ? new Binary() : new Utf8();
}

/** How large a record batch may grow; one row may be larger than `batchBytes`. */
export interface BatchLimits {
  readonly batchRows: number;
  readonly batchBytes: number;
}

/** The schema of {@link textBatches}: one column, which may be null. */
export function textSchema({ name, type }: TextColumnShape): Schema<TypeMap> {
  return new Schema([new Field<DataType>(name, type, true)]);
}

/** Gathers texts, null where there is none, to record batches whose buffers are their own. No texts give no batch. */
export async function* textBatches(
  texts: AsyncIterable<readonly (Uint8Array | null)[]>,
  shape: TextColumnShape,
  { batchRows, batchBytes }: BatchLimits,
): AsyncGenerator<RecordBatch, void, undefined> {
  const schema = textSchema(shape);
  let rows: (Uint8Array | null)[] = [];
  let bytes = 0;
  for await (const page of texts) {
    for (const text of page) {
      const size = text?.length ?? 0;
      if (rows.length === batchRows || (rows.length > 0 && bytes + size > batchBytes)) {
        yield batchOf(schema, shape.type, rows);
        rows = [];
        bytes = 0;
      }
      rows.push(text);
      bytes += size;
    }
  }
  if (rows.length > 0) yield batchOf(schema, shape.type, rows);
}

function batchOf(
  schema: Schema,
  type: ParquetTextType,
  rows: readonly (Uint8Array | null)[],
): RecordBatch {
  const { length } = rows;
  const children = [columnOf(type, rows)];
  const data = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
  return new RecordBatch(schema, data);
}

const noBytes = new Uint8Array(0);
const viewedBytes = 2 ** 20;

function columnOf(type: ParquetTextType, rows: readonly (Uint8Array | null)[]): Data {
  const { length } = rows;
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  for (const [i, text] of rows.entries()) {
    if (text !== null) nullBitmap[i >> 3] = (nullBitmap[i >> 3] ?? 0) | (1 << (i & 7));
  }
  const hasNulls = rows.includes(null);
  const validity = { nullCount: hasNulls ? -1 : 0, nullBitmap: hasNulls ? nullBitmap : noBytes };
  if (DataType.isFixedSizeBinary(type)) {
    const data = new Uint8Array(length * type.byteWidth);
    for (const [i, text] of rows.entries()) data.set(text ?? noBytes, i * type.byteWidth);
    return makeData({ type, length, data, ...validity });
  }
  const cells = cellsOf(rows, hasNulls ? nullBitmap : undefined);
  if (!DataType.isDictionary(type)) return textData(type, cells);
  const values = textData(type.dictionary, { ...cells, validity: undefined });
  const dictionary = new Vector<Utf8>([values as Data<Utf8>]);
  const data = Int32Array.from(rows, (_, row) => row);
  return makeData({ type, length, data, dictionary, ...validity });
}

function cellsOf(
  rows: readonly (Uint8Array | null)[],
  validity: Uint8Array | undefined,
): TextCells {
  const [only] = rows;
  // A text that fills a batch is not copied: others would keep a whole page in memory.
  if (rows.length === 1 && only !== null && only !== undefined && only.length > viewedBytes) {
    return { offsets: Int32Array.of(0, only.length), values: only };
  }
  return joinTexts(
    rows.map((text) => text ?? noBytes),
    validity,
  );
}
