import type { RecordBatch } from 'apache-arrow';
import { emptyBatch } from '../../src/arrow/concat/record-batches.ts';
import type { Source } from '../../src/operator.ts';
import { requireInteger, requireNames } from '../../src/options.ts';
import { openParquet } from '../../src/parquet/open-parquet.ts';
import { skipRows } from '../take-rows.ts';

/** Options of {@link readParquet}. */
export interface ReadParquetOptions {
  /** Rows a record batch has at most; it ends with its row group. @defaultValue 1024 */
  readonly batchRows?: number | undefined;
  /**
   * Rows of a row group that are decoded at once; its bytes are read once for each such part. A multiple of `batchRows`.
   *
   * @defaultValue all
   */
  readonly partRows?: number | undefined;
  /** Rows of the file to leave out at its beginning; their row groups are not decoded. @defaultValue 0 */
  readonly firstRow?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a Parquet file of any codec and encoding, one row group at a time, in a worker thread. A row group, or a part of it, is
 * decoded when its first record batch is pulled; the batches carry the file's key-value metadata in their schema. Where there is no row, one
 * batch of none is given. However the iteration ends, the file is closed;
 * the worker ends, or waits for the next file without keeping the process alive.
 *
 * @throws ToeditError `BAD_OPTION` at once; then `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `FILE_CORRUPT` or `COLUMN_EXISTS`.
 */
export function readParquet(path: string, options: ReadParquetOptions = {}): Source {
  requireNames('readParquet', options, {
    ...{ batchRows: true, partRows: true, firstRow: true, signal: true },
  });
  const { batchRows = 1024, partRows, firstRow = 0, signal } = options;
  requireInteger('batchRows', batchRows, [1]);
  requireInteger('partRows', partRows, [1]);
  requireInteger('firstRow', firstRow, [0]);
  return batchesOf(path, { batchRows, partRows, firstRow, signal });
}

interface Range {
  readonly batchRows: number;
  readonly partRows: number | undefined;
  readonly firstRow: number;
  readonly signal: AbortSignal | undefined;
}

async function* batchesOf(path: string, range: Range): AsyncGenerator<RecordBatch> {
  const { batchRows, partRows, signal } = range;
  const file = await openParquet(path, { signal });
  try {
    if (file.info.rows <= range.firstRow) yield emptyBatch(file.schema);
    let groupBegin = 0;
    for (const [index, { rows }] of file.info.rowGroups.entries()) {
      const skipped = Math.max(0, range.firstRow - groupBegin);
      groupBegin += rows;
      if (skipped < rows) yield* skipRows(skipped)(file.rowGroup(index, batchRows, partRows));
    }
  } finally {
    await file.close();
  }
}
