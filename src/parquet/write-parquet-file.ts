import type { RecordBatch, Schema } from 'apache-arrow';
import { ipcStream } from '../arrow/ipc-stream.ts';
import { assertSameSchema } from '../arrow/same-schema.ts';
import { ToeditError } from '../errors.ts';
import { writeFailed } from '../files/write-failed.ts';
import type { WriteResult } from '../files/write-result.ts';
import type { Source } from '../operator.ts';
import type { ParquetLayoutBase } from './parquet-layout.ts';
import { type ParquetWorker, startParquetWorker } from './start-parquet-worker.ts';

/** Where and how {@link writeParquetFile} writes; errors name `path`, not the temporary one. */
export interface ParquetTarget {
  readonly path: string;
  readonly temporaryPath: string;
  readonly layout: ParquetLayoutBase;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the batches to the temporary path. parquet-wasm's writer drops batches of another schema, swallows errors and
 * then ends the file as if it were whole: so the schema of every batch is checked here, and the rows of the finished file
 * are counted.
 *
 * @throws ToeditError `COLUMN_TYPE` or `WRITE_FAILED`; errors of the source as they are; the signal's reason.
 */
export async function writeParquetFile(
  source: Source,
  target: ParquetTarget,
): Promise<Omit<WriteResult, 'path'>> {
  const worker = startParquetWorker(target.signal);
  const ask = asking(worker, target);
  try {
    let schema: Schema | undefined;
    let rows = 0;
    let recordBatch = 0;
    for await (const batch of source) {
      if (schema === undefined) await ask('create', createQuestion(batch, target));
      schema ??= batch.schema;
      assertSameSchema(schema, batch.schema, { file: target.path, recordBatch: recordBatch++ });
      await ask('write', { batch: ipcStream(batch) });
      rows += batch.numRows;
    }
    target.signal?.throwIfAborted();
    if (schema === undefined) throw new TypeError('a source must yield at least one record batch');
    const { bytes, info } = await ask('finish', null);
    if (info.rows !== rows) throw lostRows(target.path, info.rows, rows);
    return { rows, bytes };
  } finally {
    await worker.end();
  }
}

function createQuestion(batch: RecordBatch, { temporaryPath, layout }: ParquetTarget) {
  const metadata = new Map(batch.schema.metadata);
  // The writer makes its own: one that came with the data may describe other columns.
  metadata.delete('ARROW:schema');
  return { path: temporaryPath, layout: { ...layout, metadata } };
}

/** Asks the worker; what goes wrong there is a failure to write, but for an abort. */
function asking(worker: ParquetWorker, { path, signal }: ParquetTarget): ParquetWorker['call'] {
  return async (kind, question) => {
    try {
      return await worker.call(kind, question);
    } catch (error) {
      signal?.throwIfAborted();
      throw writeFailed(path, error);
    }
  };
}

function lostRows(path: string, found: number, expected: number): ToeditError {
  return new ToeditError(
    'WRITE_FAILED',
    `${path} would hold ${found} of ${expected} rows: a column could not be written as Parquet; write Arrow instead`,
    { place: { file: path } },
  );
}
