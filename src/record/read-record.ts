import { Data, DataType, type Field, type RecordBatch } from 'apache-arrow';
import { childData, validity } from '../arrow/buffers.ts';
import { addedColumn, batchOfColumns, type Column, columnOf } from '../arrow/columns.ts';
import { concatRecordBatches } from '../arrow/concat/record-batches.ts';
import { listRanges } from '../arrow/lists.ts';
import { passReasonsOf } from '../arrow/pass-reasons.ts';
import { columnNames, editsType, type PassReason } from '../columns.ts';
import { ToeditError } from '../errors.ts';
import type { Source } from '../operator.ts';
import { documentKey } from '../random/uniform-draw.ts';
import { type Splice, splice } from '../text/splice.ts';
import { placeNames } from '../texts/text-rows.ts';
import { recordedEditsType, textHashName, textHashType } from './make-record.ts';

/** An edit of a record: the splice that makes it, and the bytes that must stand there before. */
export interface RecordedEdit extends Splice {
  readonly oldBytes: Uint8Array;
  /** The prior's natural log P(old token), a float32. */
  readonly logprob: number;
}

/** A record batch of a record, by rows. */
export interface RecordRows {
  /** Whether these are the bytes of the text that was read; null stands for a null text. */
  isText(row: number, bytes: Uint8Array | null): boolean;
  /** By ascending offset; none where the row passes unedited, or the record is one of scores. */
  edits(row: number): readonly RecordedEdit[];
}

/**
 * Reads a batch that `editRecord` or `scoreRecord` made, sliced or not.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function recordRows(batch: RecordBatch): RecordRows {
  const { data } = addedColumn(batch, textHashName, textHashType);
  const words = wordsOf(data.values as BigUint64Array);
  const bits = validity(data);
  return {
    isText(row, bytes) {
      const isNull = bits !== undefined && (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 0;
      if (bytes === null || isNull) return isNull === (bytes === null);
      const { low, high } = documentKey(bytes);
      return words[2 * row] === low && words[2 * row + 1] === high;
    },
    edits: hasEdits(batch) ? editsReader(batch) : () => [],
  };
}

function wordsOf({ buffer, byteOffset, length }: BigUint64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, 2 * length);
}

function hasEdits({ schema }: RecordBatch): boolean {
  return schema.fields.some(({ name }) => name === columnNames.edits);
}

function editsReader(batch: RecordBatch): (row: number) => readonly RecordedEdit[] {
  const { data } = addedColumn(batch, columnNames.edits, recordedEditsType);
  const ranges = listRanges(data);
  const items = childData(data, 0);
  const offsets = editField(items, 'byte_offset').values as BigInt64Array;
  const logprobs = editField(items, 'logprob').values as Float32Array;
  const oldBytes = bytesReader(editField(items, 'old_bytes'));
  const newBytes = bytesReader(editField(items, 'new_bytes'));
  return (row) => {
    const [first, end] = ranges(row);
    return Array.from({ length: end - first }, (_, index) => {
      const start = Number(offsets[first + index] ?? -1n);
      const old = oldBytes(first + index);
      const bytes = newBytes(first + index);
      const logprob = logprobs[first + index] ?? Number.NaN;
      return { start, end: start + old.length, bytes, oldBytes: old, logprob };
    });
  };
}

/** A field of the items of `edits` of a record. */
function editField(items: Data, name: string): Data {
  return childData(
    items,
    recordedEditsType.valueType.children.findIndex((field) => field.name === name),
  );
}

function bytesReader(data: Data): (index: number) => Uint8Array {
  const offsets = data.valueOffsets as Int32Array;
  const values = data.values as Uint8Array;
  return (index) => values.subarray(offsets[index], offsets[index + 1]);
}

/**
 * The columns of a record that belong to its output: `pass_reason`; the scores; the column `edits` as `applyEdits` reports it,
 * where that is asked for.
 */
export function outputColumns(
  batch: RecordBatch,
  { report }: { readonly report: boolean },
): readonly Column[] {
  return batch.schema.fields
    .map(({ name }: Field) => columnOf(batch, name))
    .filter(({ field: { name } }) => name !== textHashName && !placeNames.includes(name))
    .flatMap((column) => {
      if (column.field.name !== columnNames.edits) return [column];
      return report ? [reportColumn(column)] : [];
    });
}

/** The {@link outputColumns} of a batch as a batch of their own. */
export function outputBatch(
  batch: RecordBatch,
  options: { readonly report: boolean },
): RecordBatch {
  return batchOfColumns(outputColumns(batch, options), batch);
}

/** Edits without their bytes. */
function reportColumn({ field, data }: Column): Column {
  const items = childData(data, 0);
  const { valueType } = editsType;
  if (!DataType.isStruct(valueType)) throw new TypeError('edits are structs');
  const children = valueType.children.map((_, index) => childData(items, index));
  const kept = new Data(valueType, items.offset, items.length, 0, items, children);
  return {
    field: field.clone({ type: editsType }),
    data: new Data(editsType, data.offset, data.length, -1, data, [kept]),
  };
}

/** A batch of a record, and the row of the output file that it begins with. */
export interface CursorBatch {
  readonly firstRow: number;
  readonly numRows: number;
  readonly rows: RecordRows;
  readonly reasons: readonly (PassReason | null)[];
}

/** Reads along a record, row by row; one batch is held. Rows are asked for in ascending order. */
export interface RecordCursor extends AsyncDisposable {
  /** The batch that holds the row, where it is the one that is held. */
  at(row: number): CursorBatch | undefined;
  /** @throws ToeditError `ROWS_LOST` where the record ends before. */
  advance(row: number): Promise<CursorBatch>;
}

/** A cursor before the first row. `file` is what errors call the input. */
export function recordCursor(record: Source, file: string): RecordCursor {
  const iterator = record[Symbol.asyncIterator]();
  let held: CursorBatch = { firstRow: 0, numRows: 0, rows: noRows, reasons: [] };
  const holds = (row: number): boolean => row < held.firstRow + held.numRows;
  return {
    at: (row) => (holds(row) ? held : undefined),
    async advance(row) {
      while (!holds(row)) {
        const next = await iterator.next();
        if (next.done === true) throw rowsLost(file, row + 1);
        const firstRow = held.firstRow + held.numRows;
        const { numRows } = next.value;
        held = {
          firstRow,
          numRows,
          rows: recordRows(next.value),
          reasons: passReasonsOf(next.value),
        };
      }
      return held;
    },
    async [Symbol.asyncDispose]() {
      await iterator.return?.();
    },
  };
}

const noRows: RecordRows = { isText: () => false, edits: () => [] };

/** The error of an input that has more rows than its record. */
export function rowsLost(file: string, rows: number): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    `${file}: it has more rows (${rows}) than were scored; run again, and please report it where that does not help`,
    { place: { file } },
  );
}

/** Where the rows of a record batch stand. */
export interface RecordedPlace {
  /** What errors call the input. */
  readonly file: string;
  /** Row of the file that the batch begins with. */
  readonly row: number;
}

/**
 * A text with the edits of its row of a record done; the same bytes where there are none.
 *
 * @param text - null where the row has none.
 * @throws ToeditError `INPUT_CHANGED` where it is not the text that was recorded.
 */
export function editedText<Text extends Uint8Array | null>(
  text: Text,
  rows: RecordRows,
  row: number,
  place: RecordedPlace,
): Text | Uint8Array {
  if (!rows.isText(row, text)) throw otherText(place.file, place.row + row);
  const edits = text === null ? [] : rows.edits(row);
  if (text === null || edits.length === 0) return text;
  const isThere = edits.every(
    ({ start, end, oldBytes }) => Buffer.compare(text.subarray(start, end), oldBytes) === 0,
  );
  if (!isThere) throw otherText(place.file, place.row + row);
  return splice(text, edits);
}

function otherText(file: string, row: number): ToeditError {
  return new ToeditError(
    'INPUT_CHANGED',
    `${file}: the text of row ${row} is not the one that was scored; put the file back as it was and run again, or plan a new run`,
    { place: { file, row } },
  );
}

/** Takes rows from a stream by number, however they are cut into batches. */
export interface RowTaker extends AsyncDisposable {
  /** The next rows as one batch; null where there are not so many. */
  take(count: number): Promise<RecordBatch | null>;
  /** The same, in the pieces that they come in: views, of which each keeps its batch in memory. */
  takePieces(count: number): Promise<readonly RecordBatch[] | null>;
}

/** Disposing ends the stream. */
export function takeRowsOf(source: Source): RowTaker {
  const iterator = source[Symbol.asyncIterator]();
  let current: RecordBatch | undefined;
  let at = 0;
  const advance = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    [current, at] = [next.value, 0];
    return true;
  };
  const takePieces = async (count: number): Promise<readonly RecordBatch[] | null> => {
    const pieces: RecordBatch[] = [];
    for (let left = count; left > 0 || pieces.length === 0; ) {
      if (current === undefined || (at === current.numRows && left > 0)) {
        if (!(await advance())) return null;
        continue;
      }
      const end = Math.min(current.numRows, at + left);
      pieces.push(current.slice(at, end));
      left -= end - at;
      at = end;
    }
    return pieces;
  };
  return {
    takePieces,
    async take(count) {
      const [first, ...rest] = (await takePieces(count)) ?? [];
      if (first === undefined) return null;
      const whole = concatRecordBatches([first, ...rest]);
      if (whole === undefined)
        throw new RangeError(`${count} rows of a record are too many at once`);
      return whole;
    },
    [Symbol.asyncDispose]: async () => {
      await iterator.return?.();
    },
  };
}
