import type { ArrowFormat } from '../../src/arrow/ipc/ipc-writer.ts';
import { type ArrowCompression, arrowCompressions } from '../../src/arrow/ipc/ipc-writer.ts';
import { writeArrowFile } from '../../src/arrow/ipc/write-arrow-file.ts';
import type { WriteResult } from '../../src/files/commit-file.ts';
import { type CommitOptions, commitFile, commitOptionNames } from '../../src/files/commit-file.ts';
import type { Sink } from '../../src/operator.ts';
import { requireNames, requireOneOf } from '../../src/options.ts';

/** Options of {@link writeArrow}. */
export interface WriteArrowOptions extends CommitOptions {
  /** @defaultValue 'file' */
  readonly format?: ArrowFormat | undefined;
  /** @defaultValue 'zstd' */
  readonly compression?: ArrowCompression | undefined;
}

/**
 * Writes an Arrow IPC file or stream, one record batch of the source after the other. The file appears at its path whole
 * or not at all.
 *
 * @throws ToeditError `BAD_OPTION` at once; then `OUTPUT_EXISTS`, `WRITE_FAILED`, or `COLUMN_TYPE` where batches are not of
 * one schema. Errors of the source pass through as they are.
 */
export function writeArrow(path: string, options: WriteArrowOptions = {}): Sink<WriteResult> {
  const names = { ...commitOptionNames, format: true, compression: true } as const;
  requireNames('writeArrow', options, names);
  const { format = 'file', compression = 'zstd' } = options;
  requireOneOf('format', format, ['file', 'stream']);
  requireOneOf('compression', compression, arrowCompressions);
  return async function writeArrow(source, { signal } = {}) {
    const written = await commitFile(path, { ...options, signal }, (temporaryPath) =>
      writeArrowFile(source, { path, temporaryPath, format, compression, signal }),
    );
    return { path, ...written };
  };
}
