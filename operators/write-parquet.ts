import { commitFile } from '../src/files/commit-file.ts';
import type { WriteResult } from '../src/files/write-result.ts';
import type { Sink } from '../src/operator.ts';
import { type ParquetWriteOptions, parquetLayout } from '../src/parquet/parquet-layout.ts';
import { writeParquetFile } from '../src/parquet/write-parquet-file.ts';

/** Options of {@link writeParquet}. */
export interface WriteParquetOptions extends ParquetWriteOptions {
  /** Replaces a file that stands at the path. @defaultValue false */
  readonly overwrite?: boolean | undefined;
}

/**
 * Writes a Parquet file in a worker thread. The schema's metadata becomes the file's key-value metadata. The file appears
 * at its path whole, once its footer was read back and counts every row; otherwise not at all.
 *
 * @throws ToeditError `BAD_OPTION` at once; then `OUTPUT_EXISTS`, `WRITE_FAILED`, or `COLUMN_TYPE` where batches are not of
 * one schema. Errors of the source pass through as they are.
 */
export function writeParquet(path: string, options: WriteParquetOptions = {}): Sink<WriteResult> {
  const layout = parquetLayout(options);
  const { overwrite } = options;
  return async function writeParquet(source, { signal } = {}) {
    const written = await commitFile(path, { overwrite, signal }, (temporaryPath) =>
      writeParquetFile(source, { path, temporaryPath, layout, signal }),
    );
    return { path, ...written };
  };
}
