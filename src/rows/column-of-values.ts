import {
  type Data,
  DataType,
  type Field,
  type List,
  makeData,
  type Struct,
  vectorFromArray,
} from 'apache-arrow';
import { isNothing, type PlainRow } from './infer-type.ts';

/** The data of a column, of values that fit its type (`misfit`); null and undefined are null. */
export function columnOfValues(values: readonly unknown[], type: DataType): Data {
  if (DataType.isStruct(type)) return structOf(values as (PlainRow | null | undefined)[], type);
  if (DataType.isList(type)) return listOf(values as (unknown[] | null | undefined)[], type);
  const [data] = vectorFromArray(
    values.map((value) => value ?? null),
    type,
  ).data;
  if (data === undefined) throw new Error(`no data of type ${String(type)}`);
  return data;
}

/** What a row holds under a name; null where it holds nothing. */
function memberOf(row: PlainRow, name: string): unknown {
  return Object.hasOwn(row, name) ? (row[name] ?? null) : null;
}

/** The data of a struct of rows; of those that are null every member is, too. */
export function structOf(
  rows: readonly (PlainRow | null | undefined)[],
  type: Struct,
): Data<Struct> {
  const children = type.children.map((field: Field) => {
    const values = rows.map((row) => (isNothing(row) ? null : memberOf(row, field.name)));
    return columnOfValues(values, field.type as DataType);
  });
  return makeData({ type, length: rows.length, ...validityOf(rows), children });
}

function listOf(lists: readonly (readonly unknown[] | null | undefined)[], type: List): Data {
  const valueOffsets = new Int32Array(lists.length + 1);
  lists.forEach((list, index) => {
    valueOffsets[index + 1] = (valueOffsets[index] ?? 0) + (list?.length ?? 0);
  });
  const child = columnOfValues(
    lists.flatMap((list) => list ?? []),
    type.valueType as DataType,
  );
  return makeData({ type, length: lists.length, ...validityOf(lists), valueOffsets, child });
}

function validityOf(items: readonly unknown[]): {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array;
} {
  const nullBitmap = new Uint8Array((items.length + 7) >> 3);
  let nullCount = 0;
  items.forEach((item, index) => {
    if (isNothing(item)) nullCount++;
    else nullBitmap[index >> 3] = (nullBitmap[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return { nullCount, nullBitmap };
}
