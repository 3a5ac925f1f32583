import {
  type Data,
  Field,
  Float32,
  Int32,
  Int64,
  makeData,
  type RecordBatch,
  type Struct,
} from 'apache-arrow';
import { childData, validity } from '../arrow/buffers.ts';
import { addedColumn, type Column } from '../arrow/columns.ts';
import { listData, listRanges, structData } from '../arrow/lists.ts';
import {
  columnNames,
  type EditCountName,
  editCountNames,
  editCountsType,
  editsType,
} from '../columns.ts';
import { type Place, ToeditError } from '../errors.ts';
import { splice } from '../text/splice.ts';
import type { TokenBytes } from '../text/token-bytes.ts';

/** A changed token of a row: an item of the `edits` column. */
export interface Edit {
  /** The token's place in the row, from 0. */
  readonly position: number;
  /** Where the old token's bytes begin in the original text. */
  readonly byteOffset: number;
  readonly oldId: number;
  /** Null where the token is deleted. */
  readonly newId: number | null;
  /** The prior's natural log P(old token), a float32. */
  readonly logprob: number;
  /** That of the new token, after the same text; null where the token is deleted. */
  readonly newLogprob: number | null;
  /** The new token's place among the likeliest tokens, from 1; null where the token is deleted. */
  readonly rank: number | null;
}

/** The counters of a row. */
export type EditCounts = Readonly<Record<EditCountName, number>>;

/** What resampling makes of a row. */
export interface RowEdits {
  /** By ascending position. */
  readonly edits: readonly Edit[];
  readonly counts: EditCounts;
  /** The bytes of the row's tokens together: those of its text, where tokens and text belong together. */
  readonly byteLength: number;
}

/** The edits of a row that passes unedited. */
export const noCounts: EditCounts = {
  eligible: 0,
  drawn: 0,
  changed: 0,
  deleted: 0,
  refused_utf8: 0,
  refused_special: 0,
};

/** The columns `edits` and `edit_counts` of the rows of a batch; undefined is a row that passes unedited. */
export function editColumns(rows: readonly (RowEdits | undefined)[]): readonly Column[] {
  return [
    {
      field: new Field(columnNames.edits, editsType, true),
      data: editsData(rows.map((row) => row?.edits)),
    },
    { field: new Field(columnNames.editCounts, editCountsType, false), data: countStructs(rows) },
  ];
}

/** Data of `edits`; undefined is a row that passes unedited. */
export function editsData(rows: readonly (readonly Edit[] | undefined)[]): Data {
  const offsets = new Int32Array(rows.length + 1);
  const validity = new Uint8Array((rows.length + 7) >> 3);
  rows.forEach((row, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + (row?.length ?? 0);
    if (row !== undefined) validity[index >> 3] = (validity[index >> 3] ?? 0) | (1 << (index & 7));
  });
  const items = editStructs(rows.flatMap((row) => row ?? []));
  return listData(editsType, { offsets, items }, rows.includes(undefined) ? validity : undefined);
}

function editStructs(edits: readonly Edit[]): Data<Struct> {
  const children = [
    int32Data(edits.map(({ position }) => position)),
    int64Data(edits.map(({ byteOffset }) => byteOffset)),
    int32Data(edits.map(({ oldId }) => oldId)),
    nullableInt32Data(edits.map(({ newId }) => newId)),
    float32Data(edits.map(({ logprob }) => logprob)),
    nullableFloat32Data(edits.map(({ newLogprob }) => newLogprob)),
    nullableInt32Data(edits.map(({ rank }) => rank)),
  ];
  return structData(editsType.valueType, { length: edits.length, children });
}

function countStructs(rows: readonly (RowEdits | undefined)[]): Data<Struct> {
  const children = editCountNames.map((name) =>
    int32Data(rows.map((row) => (row?.counts ?? noCounts)[name])),
  );
  return structData(editCountsType, { length: rows.length, children });
}

function int32Data(values: readonly number[]): Data {
  return makeData({ type: new Int32(), data: Int32Array.from(values), nullCount: 0 });
}

function int64Data(values: readonly number[]): Data {
  return makeData({ type: new Int64(), data: BigInt64Array.from(values, BigInt), nullCount: 0 });
}

function float32Data(values: readonly number[]): Data {
  return makeData({ type: new Float32(), data: Float32Array.from(values), nullCount: 0 });
}

function nullableInt32Data(values: readonly (number | null)[]): Data {
  const data = Int32Array.from(values, (value) => value ?? 0);
  return makeData({ type: new Int32(), data, ...nulls(values) });
}

function nullableFloat32Data(values: readonly (number | null)[]): Data {
  const data = Float32Array.from(values, (value) => value ?? 0);
  return makeData({ type: new Float32(), data, ...nulls(values) });
}

function nulls(values: readonly (number | null)[]) {
  const nullBitmap = new Uint8Array((values.length + 7) >> 3);
  values.forEach((value, index) => {
    if (value !== null) nullBitmap[index >> 3] = (nullBitmap[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return { nullBitmap, nullCount: values.filter((value) => value === null).length };
}

/**
 * Reads the `edits` column by rows; a row that passes unedited has none.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function editLists(batch: RecordBatch): (row: number) => readonly Edit[] {
  const { data } = addedColumn(batch, columnNames.edits, editsType);
  const ranges = listRanges(data);
  const items = childData(data, 0);
  const positions = childData(items, 0).values as Int32Array;
  const byteOffsets = childData(items, 1).values as BigInt64Array;
  const oldIds = childData(items, 2).values as Int32Array;
  const newIds = nullableReader(childData(items, 3));
  const logprobs = childData(items, 4).values as Float32Array;
  const newLogprobs = nullableReader(childData(items, 5));
  const ranks = nullableReader(childData(items, 6));
  const editAt = (index: number): Edit => ({
    position: positions[index] ?? 0,
    byteOffset: Number(byteOffsets[index] ?? 0n),
    oldId: oldIds[index] ?? -1,
    newId: newIds(index),
    logprob: logprobs[index] ?? Number.NaN,
    newLogprob: newLogprobs(index),
    rank: ranks(index),
  });
  return (row) => {
    const [start, end] = ranges(row);
    return Array.from({ length: end - start }, (_, index) => editAt(start + index));
  };
}

function nullableReader(data: Data): (index: number) => number | null {
  const bits = validity(data);
  const values = data.values as Int32Array | Float32Array;
  return (index) =>
    bits !== undefined && (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 0
      ? null
      : (values[index] ?? null);
}

/** The bytes of a text, and where it stands. */
export interface PlacedText {
  readonly bytes: Uint8Array;
  readonly place: Place;
}

/**
 * The text with the edits done; the same bytes, not copied, where there are none.
 *
 * @throws ToeditError `COLUMN_MISMATCH` where the text has not the bytes of a token that is to be replaced.
 */
export function editText(
  text: PlacedText,
  edits: readonly Edit[],
  tokenBytes: TokenBytes,
): Uint8Array {
  if (edits.length === 0) return text.bytes;
  const splices = edits.map(({ byteOffset: start, oldId, newId }) => {
    const end = start + tokenBytes.length(oldId);
    const isThere = Buffer.compare(text.bytes.subarray(start, end), tokenBytes.bytes(oldId)) === 0;
    if (!isThere) throw foreignEdit(text.place, oldId, start);
    return { start, end, bytes: newId === null ? nothing : tokenBytes.bytes(newId) };
  });
  return splice(text.bytes, splices);
}

const nothing = new Uint8Array(0);

function foreignEdit(place: Place, oldId: number, offset: number): ToeditError {
  return new ToeditError(
    'COLUMN_MISMATCH',
    `row ${place.row}: the text has no token ${oldId} at byte ${offset}; apply edits once, to the text and with the prior that they were drawn for`,
    { place },
  );
}
