import { open } from 'node:fs/promises';
import {
  BufferType,
  Data,
  DataType,
  type Dictionary,
  RecordBatch,
  type Schema,
  type Struct,
  Vector,
} from 'apache-arrow';
import { ToeditError } from '../../errors.ts';
import type { WriteResult } from '../../files/commit-file.ts';
import { chunkJoiner, writeFailed } from '../../files/write-bytes.ts';
import { requireBatch, type Source } from '../../operator.ts';
import { CannotMerge } from '../buffers.ts';
import { concatData } from '../concat/concat-data.ts';
import {
  dictionaryOf,
  type GrowingDictionary,
  growingDictionary,
  sharesDictionary,
} from '../concat/dictionaries.ts';
import { sliceRecordBatch } from '../concat/record-batches.ts';
import { assertSameSchema } from '../schemas.ts';
import {
  type ArrowCompression,
  type ArrowFormat,
  ipcWriter,
  registerIpcCodecs,
} from './ipc-writer.ts';

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
 * @throws ToeditError `COLUMN_TYPE`, `TYPE_LOST` or `WRITE_FAILED`; errors of the source as they are; the signal's reason.
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
    requireBatch(batch);
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
      'TYPE_LOST',
      `${path}: the Arrow file format cannot hold these dictionaries (${error.message}); write the stream format or Parquet`,
      { place: { file: path }, cause: error },
    );
  }
}

/**
 * Rewrites the dictionary columns of record batches, one after the other, to indices into one dictionary a column that
 * only grows: the Arrow file format cannot replace a dictionary.
 *
 * Buffers must start at offset 0.
 *
 * @throws CannotMerge where the indices no longer fit their type, or a dictionary whose order means something changes.
 */
function unifyDictionaries(): (batch: RecordBatch) => RecordBatch {
  const columns = new Map<number, UnifiedColumn>();
  const unify = (data: Data): Data => {
    if (DataType.isDictionary(data.type)) {
      const column = columns.get(data.type.id) ?? unifiedColumn(data.type, data);
      columns.set(data.type.id, column);
      return column(data);
    }
    if (data.children.length === 0) return data;
    return new Data(data.type, 0, data.length, data.nullCount, data, data.children.map(unify));
  };
  return (batch) =>
    columns.size === 0 && !batch.schema.fields.some(({ type }) => hasDictionary(type))
      ? batch
      : new RecordBatch(batch.schema, unify(batch.data) as Data<Struct>, batch.metadata);
}

type UnifiedColumn = (data: Data) => Data;

function unifiedColumn(type: Dictionary, first: Data): UnifiedColumn {
  const seed = dictionaryOf(first).data;
  let grown: GrowingDictionary | undefined;
  return (data) => {
    if (sharesDictionary(first, data) && grown === undefined) return data;
    grown ??= growingDictionary(type, concatData, seed);
    const buffers = {
      [BufferType.DATA]: grown.indicesOf(data),
      [BufferType.VALIDITY]: data.nullBitmap,
    };
    const dictionary = new Vector([...grown.chunks]);
    return new Data(type, 0, data.length, data.nullCount, buffers, [], dictionary);
  };
}

function hasDictionary(type: DataType): boolean {
  const children = (type.children as { type: DataType }[] | null) ?? [];
  return DataType.isDictionary(type) || children.some((child) => hasDictionary(child.type));
}
