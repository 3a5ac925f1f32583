import { type Data, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';
import { CannotMerge, type Pieces } from '../buffers.ts';
import { concatData } from './concat-data.ts';

/**
 * Copies record batches of one schema into one, whose buffers all start at offset 0: safe to write to Arrow IPC.
 * Schema and batch metadata are the first batch's.
 *
 * @returns undefined where they cannot be one batch: more than 2^31 - 1 bytes or items in a column of 32-bit offsets, or
 * dictionaries whose union does not fit its index type, or whose order means something. Then keep them apart.
 */
export function concatRecordBatches(
  batches: readonly [RecordBatch, ...RecordBatch[]],
): RecordBatch | undefined {
  const [{ schema, metadata }] = batches;
  try {
    const children = schema.fields.map((_, index) =>
      concatData(batches.map((batch) => batch.data.children[index]) as unknown as Pieces),
    );
    return new RecordBatch(schema, structOf(batches, children), metadata);
  } catch (error) {
    if (error instanceof CannotMerge) return undefined;
    throw error;
  }
}

function structOf(batches: readonly RecordBatch[], children: Data[]): Data<Struct> {
  const length = batches.reduce((sum, { numRows }) => sum + numRows, 0);
  const type = new Struct(batches[0]?.schema.fields ?? []);
  return makeData({ type, length, nullCount: 0, children });
}

/**
 * Copies rows of a record batch into one of their own, as `sliceRecordBatch` does: columns of any type, a run of
 * neighbours at a time. Schema and batch metadata stay.
 *
 * @param rows - the rows to take, ascending.
 */
export function selectRows(batch: RecordBatch, rows: Int32Array): RecordBatch {
  const slices: RecordBatch[] = [];
  for (let at = 0, next = 1; at < rows.length; at = next++) {
    const begin = rows[at] ?? 0;
    while (rows[next] === begin + next - at) next++;
    slices.push(batch.slice(begin, begin + next - at));
  }
  const [first = batch.slice(0, 0), ...rest] = slices;
  // Part of one batch always fits its types.
  return concatRecordBatches([first, ...rest]) as RecordBatch;
}

/**
 * Copies the rows `begin .. end` of a record batch into one of their own, whose buffers all start at offset 0: safe to
 * write to Arrow IPC, and it does not keep the whole batch alive.
 */
export function sliceRecordBatch(batch: RecordBatch, begin: number, end: number): RecordBatch {
  // One batch always fits its own types.
  return concatRecordBatches([batch.slice(begin, end)]) as RecordBatch;
}

/** A record batch of no rows, whose data has every buffer and child that its types ask for: safe to write. */
export function emptyBatch(schema: Schema): RecordBatch {
  const children = schema.fields.map(({ type }) => concatData([makeData({ type, length: 0 })]));
  const data = makeData({ type: new Struct(schema.fields), length: 0, nullCount: 0, children });
  return new RecordBatch(schema, data);
}
