import type { Data } from 'apache-arrow';
import { childData } from './child-data.ts';
import { validity } from './validity.ts';

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
