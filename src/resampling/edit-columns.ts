import { type Data, Field, Float32, Int32, Int64, makeData, type Struct } from 'apache-arrow';
import type { Column } from '../arrow/column-of.ts';
import { listData } from '../arrow/list-data.ts';
import { structData } from '../arrow/struct-data.ts';
import { columnNames, editCountNames, editCountsType, editsType } from '../columns.ts';
import { type Edit, noCounts, type RowEdits } from './row-edits.ts';

/** The columns `edits` and `edit_counts` of the rows of a batch; undefined is a row that passes unedited. */
export function editColumns(rows: readonly (RowEdits | undefined)[]): readonly Column[] {
  return [
    { field: new Field(columnNames.edits, editsType, true), data: editsData(rows) },
    { field: new Field(columnNames.editCounts, editCountsType, false), data: countStructs(rows) },
  ];
}

function editsData(rows: readonly (RowEdits | undefined)[]): Data {
  const offsets = new Int32Array(rows.length + 1);
  const validity = new Uint8Array((rows.length + 7) >> 3);
  rows.forEach((row, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + (row?.edits.length ?? 0);
    if (row !== undefined) validity[index >> 3] = (validity[index >> 3] ?? 0) | (1 << (index & 7));
  });
  const items = editStructs(rows.flatMap((row) => row?.edits ?? []));
  return listData(editsType, { offsets, items }, rows.includes(undefined) ? validity : undefined);
}

function editStructs(edits: readonly Edit[]): Data<Struct> {
  const children = [
    int32Data(edits.map(({ position }) => position)),
    int64Data(edits.map(({ byteOffset }) => byteOffset)),
    int32Data(edits.map(({ oldId }) => oldId)),
    nullableInt32Data(edits.map(({ newId }) => newId)),
    float32Data(edits.map(({ logprob }) => logprob)),
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
  const nullBitmap = new Uint8Array((values.length + 7) >> 3);
  values.forEach((value, index) => {
    if (value !== null) nullBitmap[index >> 3] = (nullBitmap[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return makeData({
    type: new Int32(),
    data: Int32Array.from(values, (value) => value ?? 0),
    nullCount: values.filter((value) => value === null).length,
    nullBitmap,
  });
}
