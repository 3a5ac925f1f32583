import { open } from 'node:fs/promises';
import { RecordBatch, type Schema } from 'apache-arrow';
import { ToeditError } from '../errors.ts';
import { chunkJoiner } from '../files/chunk-joiner.ts';
import { writeFailed } from '../files/write-failed.ts';
import type { WriteResult } from '../files/write-result.ts';
import type { Source } from '../operator.ts';
import { CannotMerge } from './cannot-merge.ts';
import { type ArrowCompression, registerIpcCodecs } from './ipc-codecs.ts';
import { type ArrowFormat, ipcWriter } from './ipc-writer.ts';
import { assertSameSchema } from './same-schema.ts';
import { sliceRecordBatch } from './slice-record-batch.ts';
import { unifyDictionaries } from './unify-dictionaries.ts';

/** Where and how {@link writeArrowFile} writes; errors name `path`, not the temporary one. */
export interface ArrowTarget {
  readonly path: string;
  readonly temporaryPath: string;
  readonly format: ArrowFormat;
  readonly compression: ArrowCompression;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the batches to the temporary path.
 *
 * @throws ToeditError `COLUMN_TYPE` or `WRITE_FAILED`; errors of the source as they are; the signal's reason.
 */
export async function writeArrowFile(
  source: Source,
  target: ArrowTarget,
): Promise<Omit<WriteResult, 'path'>> {
  await registerIpcCodecs();
  const handle = await doing(target, () => open(target.temporaryPath, 'wx'));
  try {
    const writer = ipcWriter(target.format, target.compression);
    const prepare = preparing(target);
    const join = chunkJoiner();
    const writeOut = async (chunks: readonly Uint8Array[]): Promise<number> => {
      const joined = join(chunks);
      await handle.writeFile(joined);
      return joined.length;
    };
    let rows = 0;
    let bytes = 0;
    for await (const batch of source) {
      target.signal?.throwIfAborted();
      bytes += await doing(target, () => writeOut(writer.write(prepare(batch))));
      rows += batch.numRows;
    }
    target.signal?.throwIfAborted();
    bytes += await doing(target, () => writeOut(writer.close()));
    return { rows, bytes };
  } finally {
    await handle.close();
  }
}

/** Copies each batch to offset 0, under the first one's schema. */
function preparing({ path, format }: ArrowTarget): (batch: RecordBatch) => RecordBatch {
  const unify = format === 'file' ? unifyDictionaries() : (batch: RecordBatch) => batch;
  let schema: Schema | undefined;
  let recordBatch = 0;
  return (batch) => {
    schema ??= batch.schema;
    assertSameSchema(schema, batch.schema, { file: path, recordBatch: recordBatch++ });
    const { data, metadata } = sliceRecordBatch(batch, 0, batch.numRows);
    return unify(new RecordBatch(schema, data, metadata));
  };
}

async function doing<T>({ path }: ArrowTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CannotMerge)) throw writeFailed(path, error);
    throw new ToeditError(
      'WRITE_FAILED',
      `${path}: the Arrow file format cannot hold these dictionaries (${error.message}); write the stream format or Parquet`,
      { place: { file: path }, cause: error },
    );
  }
}
