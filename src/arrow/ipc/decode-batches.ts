import {
  type Data,
  DataType,
  type Message,
  RecordBatch,
  RecordBatchReader,
  type Schema,
  Type,
} from 'apache-arrow';
import {
  damagedFile,
  NotRead,
  type Place,
  reasonOf,
  ToeditError,
  TooLarge,
  tooLargeFile,
  unsupportedFile,
} from '../../errors.ts';
import { emptyBatch } from '../concat/record-batches.ts';
import { areUnionRowsInside, areViewsInside, hasUnknownUnit } from './check-pointers.ts';
import { requireRoom } from './decoded-bytes.ts';
import { registerIpcCodecs } from './ipc-writer.ts';
import type { IpcMessage } from './messages.ts';

/**
 * Decodes the messages of Arrow IPC, one record batch at a time. Where there is none, one of no rows is given.
 *
 * @throws ToeditError `FILE_CORRUPT` (with the record batch), `UNSUPPORTED` or `COLUMN_EXISTS`; ToeditErrors of the source as they are.
 */
export async function* readArrowMessages(
  messages: AsyncGenerator<IpcMessage>,
  { file, signal, maxBatchBytes, firstBatch = 0 }: ArrowInput,
): AsyncGenerator<RecordBatch> {
  await registerIpcCodecs();
  let recordBatch: number | undefined;
  try {
    const reader = await (
      await RecordBatchReader.from(checkedBytes(messages, maxBatchBytes))
    ).open();
    if (reader.closed) throw new Error('it has no schema');
    assertUniqueColumns(reader.schema, file);
    requireKnownUnits(reader.schema);
    for (recordBatch = firstBatch; ; recordBatch++) {
      signal?.throwIfAborted();
      const next = await reader.next();
      if (next.done === true) return;
      yield checkedBatch(next.value);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw arrowDamage({ file, recordBatch }, error);
  } finally {
    await messages.return(undefined);
  }
}

function requireKnownUnits({ fields }: Schema): void {
  const unknown = fields.find(({ type }) => hasUnknownUnit(type));
  if (unknown === undefined) return;
  throw new Error(`column ${JSON.stringify(unknown.name)} has a unit that does not exist`);
}

/** The messages as bytes again, the body apart so that apache-arrow need not copy it. */
async function* checkedBytes(
  messages: AsyncGenerator<IpcMessage>,
  maxBatchBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
  let schema: Schema | undefined;
  for await (const { message, metadata, body } of messages) {
    if (message.isSchema()) schema ??= message.header();
    if (schema === undefined) throw new Error('it does not begin with its schema');
    checkLengths(message, schema);
    if (maxBatchBytes !== undefined) requireRoom(message, body, maxBatchBytes);
    const prefix = Buffer.from(Int32Array.of(-1, metadata.length).buffer);
    yield Buffer.concat([prefix, metadata]);
    if (body.length > 0) yield body;
    // Without it apache-arrow asks for the next message before it gives this one.
    yield new Uint8Array(0);
  }
}

/** What an Arrow input is called in errors, and what ends its reading. */
export interface ArrowInput {
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
  /** A record batch of more bytes, once decompressed, is refused. @defaultValue no bound */
  readonly maxBatchBytes?: number | undefined;
  /** What the first record batch is called in errors. @defaultValue 0 */
  readonly firstBatch?: number | undefined;
  /** Called with the number of bytes of each read of a file. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/**
 * An Arrow input that is damaged, or of a type that cannot be read, at the record batch of its place. A {@link ToeditError} comes
 * back as it is.
 */
function arrowDamage(place: Place, cause: unknown): ToeditError {
  if (cause instanceof ToeditError) return cause;
  if (cause instanceof NotRead) return unsupportedFile({ file: place.file }, cause);
  if (cause instanceof TooLarge) return tooLargeFile({ file: place.file }, cause);
  const reason = reasonOf(cause);
  const isOfLibrary = libraryWords.test(reason);
  return damagedFile(place, isOfLibrary ? 'a message cannot be decoded' : reason, cause);
}

/** How messages of apache-arrow begin. */
const libraryWords = /^(Unrecognized|Expected to read|Unexpected null|Cannot create Schema) /;

/** An input whose first bytes are not those of an Arrow IPC file or stream. */
export function notArrow(file: string, head: Uint8Array): ToeditError {
  const place = { file };
  if (head.length === 0) return arrowDamage(place, new Error('it is empty (0 bytes)'));
  return new ToeditError(
    'FORMAT_UNKNOWN',
    `${file} is not an Arrow IPC file or stream: it begins with ${Buffer.from(head).toString('hex')}; leave it out`,
    { place },
  );
}

/**
 * Checks that the columns of a record batch message have all the batch's rows: apache-arrow fills shorter ones up with
 * nulls.
 *
 * @throws Error naming the column.
 */
function checkLengths(message: Message, schema: Schema): void {
  if (!message.isRecordBatch()) return;
  const { length, nodes } = message.header();
  let index = 0;
  for (const { name, type } of schema.fields) {
    const rows = nodes[index]?.length;
    if (rows !== length) {
      throw new Error(`column ${JSON.stringify(name)} has ${rows ?? 'no'} rows of ${length}`);
    }
    index += nodesOf(type);
  }
}

/** The nodes of a type: its own, and those of its children; a dictionary's values are in a message of their own. */
function nodesOf(type: DataType): number {
  if (DataType.isDictionary(type)) return 1;
  const children = (type.children as { type: DataType }[] | null) ?? [];
  return children.reduce((sum, child) => sum + nodesOf(child.type), 1);
}

/**
 * A record batch as it came from Arrow IPC, its data checked; an empty one is made anew, since apache-arrow leaves parts
 * of those out, and does not write them.
 *
 * @throws Error saying what is wrong with the data.
 */
function checkedBatch(batch: RecordBatch): RecordBatch {
  if (batch.numRows === 0) {
    return new RecordBatch(batch.schema, emptyBatch(batch.schema).data, batch.metadata);
  }
  checkData(batch.data);
  return batch;
}

/**
 * Checks that every offset and index of data points inside its buffers, at every depth: flipped bits in a body without
 * a checksum are found here, not by a crash later.
 *
 * @throws Error saying what does not fit.
 */
export function checkData(data: Data): void {
  const { type, children } = data;
  checkValidity(data);
  switch (type.typeId) {
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
      checkOffsets(data, byteLengthOf(data));
      break;
    case Type.List:
    case Type.LargeList:
    case Type.Map:
      checkOffsets(data, children[0]?.length ?? 0);
      break;
    case Type.FixedSizeList:
    case Type.Struct:
      checkChildren(data);
      break;
    case Type.Dictionary:
      checkIndices(data);
      break;
    case Type.Union:
      if (!areUnionRowsInside(data)) throw outside(type, 'rows');
      break;
    case Type.Utf8View:
    case Type.BinaryView:
      if (!areViewsInside(data)) throw outside(type, 'views');
      break;
    case Type.Null:
      break;
    default:
      checkWidth(data);
  }
  children.forEach(checkData);
}

function checkValidity({ type, nullCount, nullBitmap, offset, length }: Data): void {
  if (type.typeId === Type.Null || type.typeId === Type.Union || nullCount <= 0) return;
  if (nullBitmap.length * 8 < offset + length) throw outside(type, 'validity');
}

function outside(type: DataType, what: string): Error {
  return new Error(`${what} of a column of ${String(type)} lie outside its buffers`);
}

function byteLengthOf({ values }: Data): number {
  return (values as Uint8Array | undefined)?.length ?? 0;
}

function checkOffsets(data: Data, end: number): void {
  const { type, length } = data;
  if (length === 0) return;
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  if (offsets.length < length + 1 || Number(offsets[0]) < 0 || Number(offsets[length]) > end) {
    throw outside(type, 'offsets');
  }
  for (let i = 0; i < length; i++) {
    if ((offsets[i] ?? 0) > (offsets[i + 1] ?? 0)) throw outside(type, 'offsets');
  }
}

function checkChildren({ type, length, stride, children }: Data): void {
  const items = type.typeId === Type.FixedSizeList ? length * stride : length;
  if (children.some((child) => child.length < items)) throw outside(type, 'children');
}

function checkIndices(data: Data): void {
  checkWidth(data);
  const size = data.dictionary?.length ?? 0;
  for (let i = 0; i < data.length; i++) {
    const index = Number(data.values[i]);
    if (data.getValid(i) && !(index >= 0 && index < size)) throw outside(data.type, 'indices');
  }
  for (const values of data.dictionary?.data ?? []) {
    if (!checkedValues.has(values)) checkData(values);
    checkedValues.add(values);
  }
}

/** The batches of a file share their dictionaries. */
const checkedValues = new WeakSet<Data>();

function checkWidth(data: Data): void {
  const { type, length, stride, offset } = data;
  const items = type.typeId === Type.Bool ? (offset + length + 7) >> 3 : length * stride;
  if (byteLengthOf(data) < items) throw outside(type, 'values');
}

/**
 * Asserts that no two columns of a file share their name: apache-arrow mixes up their types.
 *
 * @throws ToeditError `COLUMN_EXISTS`.
 */
export function assertUniqueColumns(schema: Schema, file: string | undefined): void {
  const twice = schema.names.find((name, index) => schema.names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new ToeditError(
    'COLUMN_EXISTS',
    `${file ?? 'the input'} has two columns named ${JSON.stringify(twice)}: rename one of them`,
    { place: { file } },
  );
}
