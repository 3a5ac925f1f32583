import type { WriteResult } from '../../src/files/commit-file.ts';
import { type CommitOptions, commitFile, commitOptionNames } from '../../src/files/commit-file.ts';
import type { Sink } from '../../src/operator.ts';
import { type OptionNames, requireNames } from '../../src/options.ts';
import {
  type ParquetWriteOptions,
  parquetLayout,
  writeParquetFile,
} from '../../src/parquet/write-parquet-file.ts';

/** Options of {@link writeParquet}. */
export type WriteParquetOptions = ParquetWriteOptions & CommitOptions;

const writeParquetNames: OptionNames<WriteParquetOptions> = {
  ...commitOptionNames,
  compression: true,
  rowGroupRows: true,
  profile: true,
};

/**
 * Writes a Parquet file in a worker thread. The schema's metadata becomes the file's key-value metadata. The file appears
 * at its path whole, once its footer was read back and counts every row; otherwise not at all.
 *
 * @throws ToeditError `BAD_OPTION` at once; then `OUTPUT_EXISTS`, `WRITE_FAILED`, or `COLUMN_TYPE` where batches are not of
 * one schema. Errors of the source pass through as they are.
 */
export function writeParquet(path: string, options: WriteParquetOptions = {}): Sink<WriteResult> {
  requireNames('writeParquet', options, writeParquetNames);
  const layout = parquetLayout(options);
  return async function writeParquet(source, { signal } = {}) {
    const written = await commitFile(path, { ...options, signal }, (temporaryPath) =>
      writeParquetFile(source, { path, temporaryPath, layout, signal }),
    );
    return { path, ...written };
  };
}
