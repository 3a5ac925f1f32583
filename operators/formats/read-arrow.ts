import { readArrowBytes, readArrowFile } from '../../src/arrow/ipc/read-arrow.ts';
import type { Source } from '../../src/operator.ts';
import { requireInteger, requireNames } from '../../src/options.ts';

/** Options of {@link readArrow}. */
export interface ReadArrowOptions {
  /** What errors call an input that is not a path. @defaultValue 'the Arrow input' */
  readonly name?: string | undefined;
  /** A record batch of more bytes, once decompressed, is the file's error. @defaultValue no bound */
  readonly maxBatchBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads Arrow IPC of either format, recognised by content, with lz4, zstd or no compression; record batches as they were
 * written, each read when it is pulled. A path of the file format is read by its footer; other inputs of that format are
 * first gathered in memory. An input of no record batch gives one of no rows. However the iteration ends, the file is
 * closed.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `FILE_CORRUPT` (with the record batch), `UNSUPPORTED`
 * or `COLUMN_EXISTS`.
 */
export function readArrow(
  input: string | AsyncIterable<Uint8Array>,
  options: ReadArrowOptions = {},
): Source {
  requireNames('readArrow', options, { name: true, maxBatchBytes: true, signal: true });
  const { name = 'the Arrow input', signal, maxBatchBytes } = options;
  requireInteger('maxBatchBytes', maxBatchBytes, [1]);
  return typeof input === 'string'
    ? readArrowFile({ file: input, signal, maxBatchBytes })
    : readArrowBytes(input, { file: name, signal, maxBatchBytes });
}
