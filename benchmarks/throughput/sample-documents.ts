import { pipeline } from 'node:stream/promises';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { sliceRecordBatch } from '../../src/arrow/concat/record-batches.ts';
import type { Operator } from '../../src/operator.ts';

/** Writes rows of a Parquet file, evenly spread over its first record batches, as a file of their own. */
export async function sampleDocuments(
  input: string,
  { output, rows }: { readonly output: string; readonly rows: number },
): Promise<void> {
  await pipeline(readParquet(input, { batchRows: rows }), take(rows), writeParquet(output));
}

function take(rows: number): Operator {
  return async function* take(source) {
    for await (const batch of source) {
      yield sliceRecordBatch(batch, 0, Math.min(rows, batch.numRows));
      return;
    }
  };
}
