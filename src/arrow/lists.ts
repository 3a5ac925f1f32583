import {
  BufferType,
  Data,
  type DataType,
  Float32,
  Int32,
  type List,
  makeData,
  type Struct,
} from 'apache-arrow';
import { tokenIdsType, tokenLogprobsType } from '../columns.ts';
import { childData, validity } from './buffers.ts';

/** A reader over list data whose items are numbers. Lists count from 0. */
export interface ListReader<Items> {
  /** False where the list is null. */
  readonly isValid: (row: number) => boolean;
  /** Where the list's items begin and end among the items of all lists. */
  readonly range: (row: number) => readonly [number, number];
  /** The list's items, a view of the data's memory. */
  readonly items: (row: number) => Items;
}

/** Where each list begins and ends among the items of all lists. */
export function listRanges(data: Data): (row: number) => readonly [number, number] {
  const offsets = data.valueOffsets as Int32Array;
  return (row) => [offsets[row] ?? 0, offsets[row + 1] ?? 0];
}

/** Reads list data, sliced or not, whose items are of the array's type: the caller has checked it. */
export function listReader<Items extends Int32Array | Float32Array>(data: Data): ListReader<Items> {
  const bits = validity(data);
  const values = childData(data, 0).values as Items;
  const range = listRanges(data);
  return {
    isValid: (row) => bits === undefined || (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1,
    range,
    items: (row) => values.subarray(...range(row)) as Items,
  };
}

/** Which lists, and which of their items, are not null: one bit each from bit 0 on; undefined where none is null. */
export interface ListValidity {
  readonly lists?: Uint8Array | undefined;
  readonly items?: Uint8Array | undefined;
}

/**
 * List data from buffers that become its own: list `i` holds the items `offsets[i] .. offsets[i + 1]` of `items`.
 *
 * @param validity - one bit a list, 1 where it is not null; undefined where none is null.
 */
export function listData<T extends DataType>(
  type: List<T>,
  { offsets, items }: { readonly offsets: Int32Array; readonly items: Data<T> },
  validity?: Uint8Array,
): Data<List<T>> {
  const buffers = {
    [BufferType.OFFSET]: offsets,
    [BufferType.VALIDITY]: validity ?? new Uint8Array(0),
  };
  const nullCount = validity === undefined ? 0 : -1;
  return new Data(type, 0, offsets.length - 1, nullCount, buffers, [items]);
}

/** Data of `token_ids`: List<Int32> whose items are never null. The buffers become its own. */
export function int32ListData(
  offsets: Int32Array,
  values: Int32Array,
  validity?: Uint8Array,
): Data<List<Int32>> {
  const items = makeData({ type: new Int32(), data: values, nullCount: 0 });
  return listData(tokenIdsType, { offsets, items }, validity);
}

/** Data of `token_logprobs`: List<Float32> whose items may be null. The buffers become its own. */
export function float32ListData(
  offsets: Int32Array,
  values: Float32Array,
  validity: ListValidity = {},
): Data<List<Float32>> {
  const items = makeData({
    type: new Float32(),
    data: values,
    nullCount: validity.items === undefined ? 0 : -1,
    nullBitmap: validity.items ?? null,
  });
  return listData(tokenLogprobsType, { offsets, items }, validity.lists);
}

/**
 * Struct data from its children, one a field of the type and in its order, all of `length` items.
 *
 * @param validity - one bit a struct, 1 where it is not null; undefined where none is null.
 * @throws RangeError where the children are not the type's in number or length.
 */
export function structData(
  type: Struct,
  { length, children }: { readonly length: number; readonly children: readonly Data[] },
  validity?: Uint8Array,
): Data<Struct> {
  if (children.length !== type.children.length || children.some((c) => c.length !== length)) {
    throw new RangeError(`a struct of ${type.children.length} fields needs children of ${length}`);
  }
  const buffers = { [BufferType.VALIDITY]: validity ?? new Uint8Array(0) };
  return new Data(type, 0, length, validity === undefined ? 0 : -1, buffers, [...children]);
}
