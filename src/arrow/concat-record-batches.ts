import { type Data, makeData, RecordBatch, Struct } from 'apache-arrow';
import { CannotMerge } from './cannot-merge.ts';
import { concatData } from './concat-data.ts';
import type { Pieces } from './owned-data.ts';

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
