import {
  Binary,
  Field,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  type TypeMap,
  Utf8,
} from 'apache-arrow';

/** A column of texts, in record batches of that column alone. */
export interface TextColumnShape {
  readonly name: string;
  /** Utf8 where true, else Binary. */
  readonly isText: boolean;
}

/** How large a record batch may grow; one row may be larger than `batchBytes`. */
export interface BatchLimits {
  readonly batchRows: number;
  readonly batchBytes: number;
}

/** The schema of {@link textBatches}: one column, which may be null. */
export function textSchema({ name, isText }: TextColumnShape): Schema<TypeMap> {
  return new Schema([new Field(name, isText ? new Utf8() : new Binary(), true)]);
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
        yield batchOf(schema, rows, bytes);
        rows = [];
        bytes = 0;
      }
      rows.push(text);
      bytes += size;
    }
  }
  if (rows.length > 0) yield batchOf(schema, rows, bytes);
}

function batchOf(schema: Schema, rows: readonly (Uint8Array | null)[], bytes: number): RecordBatch {
  const valueOffsets = new Int32Array(rows.length + 1);
  const data = new Uint8Array(bytes);
  const nullBitmap = new Uint8Array((rows.length + 7) >> 3);
  let at = 0;
  let nullCount = 0;
  for (const [i, text] of rows.entries()) {
    if (text === null) nullCount++;
    else {
      data.set(text, at);
      at += text.length;
      nullBitmap[i >> 3] = (nullBitmap[i >> 3] ?? 0) | (1 << (i & 7));
    }
    valueOffsets[i + 1] = at;
  }
  const buffers = { length: rows.length, nullCount, valueOffsets, data };
  const [field] = schema.fields;
  const validity = nullCount > 0 ? { nullBitmap } : {};
  const column =
    field?.type instanceof Utf8
      ? makeData({ type: field.type, ...buffers, ...validity })
      : makeData({ type: new Binary(), ...buffers, ...validity });
  const type = new Struct(schema.fields);
  const length = rows.length;
  return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children: [column] }));
}
