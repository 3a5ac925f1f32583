import { BufferType, Data, type DataType, Float32, Int32, type List, makeData } from 'apache-arrow';
import { tokenIdsType, tokenLogprobsType } from '../columns.ts';

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
