import type { Schema } from 'apache-arrow';
import { ipcStream } from '../arrow/ipc/ipc-writer.ts';
import { assertSameSchema } from '../arrow/schemas.ts';
import { plainDictionaries } from '../arrow/view-dictionaries.ts';
import { messageOf, ToeditError } from '../errors.ts';
import type { WriteResult } from '../files/commit-file.ts';
import { writeFailed } from '../files/write-bytes.ts';
import { requireBatch, type Source } from '../operator.ts';
import { requireInteger, requireOneOf } from '../options.ts';
import {
  isOfMachine,
  leaseParquetWorker,
  type ParquetWorker,
  type ParquetWorkerOptions,
} from './worker/lease-parquet-worker.ts';
import {
  type ParquetCompression,
  type ParquetLayout,
  parquetCompressions,
} from './worker/parquet-messages.ts';

/** Where and how {@link writeParquetFile} writes; errors name `path`, not the temporary one. */
export interface ParquetTarget extends ParquetWorkerOptions {
  readonly path: string;
  readonly temporaryPath: string;
  readonly layout: ParquetLayoutBase;
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
  const worker = leaseParquetWorker(target);
  let schema: Schema | undefined;
  const ask = asking(worker, target, () => schema);
  const plain = plainDictionaries();
  try {
    let rows = 0;
    let recordBatch = 0;
    for await (const batch of source) {
      requireBatch(batch);
      if (schema === undefined) {
        schema = batch.schema;
        await ask('create', createQuestion(schema, target));
      }
      assertSameSchema(schema, batch.schema, { file: target.path, recordBatch: recordBatch++ });
      await ask('write', { batch: ipcStream(plain(batch)) });
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

function createQuestion(schema: Schema, { temporaryPath, layout }: ParquetTarget) {
  const metadata = new Map(schema.metadata);
  // The writer makes its own: one that came with the data may describe other columns.
  metadata.delete('ARROW:schema');
  return { path: temporaryPath, layout: { ...layout, metadata } };
}

/** Asks the worker; what goes wrong there is a failure to write, but for an abort. */
function asking(
  worker: ParquetWorker,
  { path, signal }: ParquetTarget,
  schema: () => Schema | undefined,
): ParquetWorker['call'] {
  return async (kind, question) => {
    try {
      return await worker.call(kind, question);
    } catch (error) {
      signal?.throwIfAborted();
      throw isOfMachine(error) ? writeFailed(path, error) : notWritten(path, error, schema());
    }
  };
}

function notWritten(path: string, cause: unknown, schema: Schema | undefined): ToeditError {
  const reason = messageOf(cause);
  const types = (schema?.fields ?? []).map(({ name, type }) => `${name}: ${String(type)}`);
  return new ToeditError(
    'WRITE_FAILED',
    `${path} could not be written as Parquet: ${reason}; the type of a column is the likely cause (${types.join(', ')}): write Arrow instead, or cast it`,
    { place: { file: path }, cause },
  );
}

function lostRows(path: string, found: number, expected: number): ToeditError {
  return new ToeditError(
    'WRITE_FAILED',
    `${path} would hold ${found} of ${expected} rows: a column could not be written as Parquet; write Arrow instead`,
    { place: { file: path } },
  );
}

/** How a Parquet file is to be written. */
export interface ParquetWriteOptions {
  /** @defaultValue 'zstd' */
  readonly compression?: ParquetCompression | undefined;
  /** Rows a row group has at most; it also ends at about 16 MiB of compressed pages. @defaultValue 65536 */
  readonly rowGroupRows?: number | undefined;
  /** `legacy`: no dictionaries, for readers that know format version 1 only. @defaultValue 'standard' */
  readonly profile?: 'standard' | 'legacy' | undefined;
}

/** What the options leave to the file itself. */
export type ParquetLayoutBase = Omit<ParquetLayout, 'metadata'>;

const rowGroupBytes = 16 * 2 ** 20;

/**
 * The layout that the options ask for.
 *
 * @throws ToeditError `BAD_OPTION`.
 */
export function parquetLayout(options: ParquetWriteOptions): ParquetLayoutBase {
  const { compression = 'zstd', rowGroupRows = 65_536, profile = 'standard' } = options;
  requireOneOf('compression', compression, parquetCompressions);
  requireInteger('rowGroupRows', rowGroupRows, [1]);
  requireOneOf('profile', profile, ['standard', 'legacy']);
  return { compression, rowGroupRows, rowGroupBytes, profile };
}
