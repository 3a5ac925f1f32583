import type { RecordBatch } from 'apache-arrow';
import { emptyBatch } from '../src/arrow/empty-batch.ts';
import { ToeditError } from '../src/errors.ts';
import type { Source } from '../src/operator.ts';
import { openParquet } from '../src/parquet/open-parquet.ts';

/** Options of {@link readParquet}. */
export interface ReadParquetOptions {
  /** Rows a record batch has at most; it ends with its row group. @defaultValue 1024 */
  readonly batchRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a Parquet file of any codec and encoding, one row group at a time, in a worker thread. Each record batch is
 * decoded when it is pulled; the batches carry the file's key-value metadata in their schema. A file of no rows gives one
 * batch of none. However the iteration ends, the worker ends and the file is closed.
 *
 * @throws ToeditError `BAD_OPTION` at once; then `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `FILE_CORRUPT` or `COLUMN_EXISTS`.
 */
export function readParquet(path: string, options: ReadParquetOptions = {}): Source {
  const { batchRows = 1024, signal } = options;
  if (!Number.isInteger(batchRows) || batchRows < 1) {
    throw new ToeditError('BAD_OPTION', `batchRows must be a whole number >= 1: ${batchRows}`);
  }
  return batchesOf(path, batchRows, signal);
}

async function* batchesOf(
  path: string,
  batchRows: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecordBatch> {
  const file = await openParquet(path, signal);
  try {
    if (file.info.rows === 0) yield emptyBatch(file.schema);
    for (const index of file.info.rowGroups.keys()) yield* file.rowGroup(index, batchRows);
  } finally {
    await file.close();
  }
}
