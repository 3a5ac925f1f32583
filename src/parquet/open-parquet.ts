import {
  RecordBatch,
  RecordBatchReader,
  type RecordBatchStreamReader,
  type Schema,
} from 'apache-arrow';
import { assertUniqueColumns } from '../arrow/unique-columns.ts';
import { messageOf, type Place } from '../errors.ts';
import { damagedFile } from '../files/damaged-file.ts';
import { fileUnreadable } from '../files/file-unreadable.ts';
import { checkParquetEnds } from './check-parquet-ends.ts';
import { isOfMachine } from './is-of-machine.ts';
import { leaseParquetWorker, type ParquetWorkerOptions } from './lease-parquet-worker.ts';
import type { ParquetInfo } from './parquet-info.ts';
import { withoutViews } from './without-views.ts';

/** A Parquet file that is open to read, one row group at a time. */
export interface OpenParquet {
  readonly info: ParquetInfo;
  /** The file's Arrow schema, with its key-value metadata. */
  readonly schema: Schema;
  /** Decodes a row group as it is pulled: nothing is decoded ahead. */
  rowGroup(index: number, batchRows: number): AsyncGenerator<RecordBatch>;
  /** Closes the file and gives the worker back, or ends it where a row group was not read to its end. */
  close(): Promise<void>;
}

/**
 * Opens a Parquet file in a worker that is its own until it is closed.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `FILE_CORRUPT`, or `COLUMN_EXISTS` where columns share a name;
 * the signal's reason where it aborts.
 */
export async function openParquet(
  path: string,
  options: ParquetWorkerOptions = {},
): Promise<OpenParquet> {
  const { signal } = options;
  await checkParquetEnds(path);
  const worker = leaseParquetWorker(options);
  try {
    const { info, schema: bytes } = await damageIn({ file: path }, signal, () =>
      worker.call('open', { path }),
    );
    const schema = await damageIn({ file: path }, signal, () => withoutViews(decode(bytes).schema));
    assertUniqueColumns(schema, path);
    const rowGroup = async function* (index: number, batchRows: number) {
      const place = { file: path, rowGroup: index };
      await damageIn(place, signal, () => worker.call('startRowGroup', { index, batchRows }));
      let rows = 0;
      for (;;) {
        const next = await damageIn(place, signal, () => worker.call('nextBatch', null));
        if (next === null) break;
        const [batch] = decode(next).readAll();
        if (batch === undefined) throw damagedFile(place, 'a record batch is missing');
        rows += batch.numRows;
        yield new RecordBatch(schema, batch.data);
      }
      const expected = info.rowGroups[index]?.rows ?? 0;
      if (rows !== expected) throw damagedFile(place, `it holds ${rows} of ${expected} rows`);
    };
    return { info, schema, rowGroup, close: () => worker.end() };
  } catch (error) {
    await worker.end();
    throw error;
  }
}

function decode(bytes: Uint8Array): RecordBatchStreamReader {
  return RecordBatchReader.from(bytes).open();
}

async function damageIn<T>(
  place: Place & { readonly file: string },
  signal: AbortSignal | undefined,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    signal?.throwIfAborted();
    if (isOfMachine(cause)) throw fileUnreadable(place.file, cause);
    const reason = messageOf(cause);
    // A panic of the decoder has no better words than WebAssembly's own.
    throw damagedFile(
      place,
      reason === 'unreachable' ? 'its pages cannot be decoded' : reason,
      cause,
    );
  }
}
