import {
  Binary,
  DataType,
  Field,
  FixedSizeList,
  LargeList,
  List,
  Map_,
  RecordBatch,
  RecordBatchReader,
  type RecordBatchStreamReader,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow';
import { assertUniqueColumns } from '../arrow/ipc/decode-batches.ts';
import { withoutViewDictionary } from '../arrow/view-dictionaries.ts';
import { damagedFile, type Place, reasonOf } from '../errors.ts';
import { fileUnreadable } from '../files/read-bytes.ts';
import { checkParquetEnds } from './footer/file-metadata.ts';
import { whyNotRead } from './footer/why-not-read.ts';
import {
  isOfMachine,
  leaseParquetWorker,
  type ParquetWorkerOptions,
} from './worker/lease-parquet-worker.ts';
import type { ParquetInfo } from './worker/parquet-messages.ts';

/** A Parquet file that is open to read, one row group at a time. */
export interface OpenParquet {
  readonly info: ParquetInfo;
  /** The file's Arrow schema, with its key-value metadata. */
  readonly schema: Schema;
  /**
   * Decodes a row group in parts of so many rows, each once its first record batch is pulled.
   *
   * @param partRows - for each part the bytes of the row group are read. @defaultValue all rows
   */
  rowGroup(index: number, batchRows: number, partRows?: number): AsyncGenerator<RecordBatch>;
  /** Closes the file and gives the worker back, or ends it where a row group was not read to its end. */
  close(): Promise<void>;
}

/**
 * Opens a Parquet file in a worker that is its own until it is closed.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN`, `UNSUPPORTED`, `FILE_CORRUPT`, or `COLUMN_EXISTS` where columns share a name;
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
    const rowGroup = async function* (index: number, batchRows: number, partRows?: number) {
      const place = { file: path, rowGroup: index };
      const expected = info.rowGroups[index]?.rows ?? 0;
      const question = { index, rows: expected, batchRows, partRows };
      await damageIn(place, signal, () => worker.call('startRowGroup', question));
      let rows = 0;
      for (;;) {
        const next = await damageIn(place, signal, () => worker.call('nextBatch', null));
        if (next === null) break;
        const [batch] = decode(next).readAll();
        if (batch === undefined) throw damagedFile(place, 'a record batch is missing');
        rows += batch.numRows;
        yield new RecordBatch(schema, batch.data);
      }
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
    throw (await whyNotRead(place.file)) ?? damagedFile(place, reasonIn(place, cause), cause);
  }
}

/** How errors of the Parquet library begin, and its panics, of which WebAssembly says only this. */
const libraryWords = /^(unreachable$|Parquet error|Arrow|External|EOF|Index|NeedMoreData)\b/;

/** The library's words are about its own structures: they stay in the cause. */
function reasonIn({ rowGroup }: Place, cause: unknown): string {
  const reason = reasonOf(cause);
  if (!libraryWords.test(reason)) return reason;
  return rowGroup === undefined ? 'its footer cannot be read' : 'its pages cannot be decoded';
}

/**
 * The schema that the record batches of a Parquet file have. Where the file's ARROW:schema says string_view or binary_view,
 * so does parquet-wasm's schema; its batches hold utf8 and binary there.
 */
export function withoutViews(schema: Schema): Schema {
  return new Schema(schema.fields.map(fieldWithoutViews), schema.metadata);
}

function fieldWithoutViews<T extends DataType>({ name, type, nullable, metadata }: Field<T>) {
  return new Field<DataType>(name, typeWithoutViews(type), nullable, metadata);
}

function typeWithoutViews(type: DataType): DataType {
  if (DataType.isUtf8View(type)) return new Utf8();
  if (DataType.isBinaryView(type)) return new Binary();
  if (DataType.isDictionary(type)) return withoutViewDictionary(type);
  // Types without children have null there, against what apache-arrow declares.
  const children = (type.children as Field<DataType>[] | null)?.map(fieldWithoutViews) ?? [];
  if (DataType.isStruct(type)) return new Struct(children);
  const [child] = children;
  if (child === undefined) return type;
  if (DataType.isList(type)) return new List(child);
  if (DataType.isLargeList(type)) return new LargeList(child);
  if (DataType.isFixedSizeList(type)) return new FixedSizeList(type.listSize, child);
  return DataType.isMap(type) ? new Map_(child as never, type.keysSorted) : type;
}
