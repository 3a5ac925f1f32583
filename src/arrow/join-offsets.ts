import type { Data } from 'apache-arrow';
import { CannotMerge } from './cannot-merge.ts';

/** Joined offsets, which start at 0, and where the items of each piece lie in its own buffers. */
export interface JoinedOffsets {
  readonly offsets: Int32Array | BigInt64Array;
  readonly ranges: readonly { readonly begin: number; readonly end: number }[];
  /** The sum of the ranges. */
  readonly total: number;
}

/**
 * Joins the offsets of variable-size pieces.
 *
 * @throws CannotMerge where they no longer fit 32 bits.
 */
export function joinOffsets(pieces: readonly Data[]): JoinedOffsets {
  const ranges = pieces.map(({ length, valueOffsets }) =>
    length === 0
      ? { begin: 0, end: 0 }
      : { begin: Number(valueOffsets[0]), end: Number(valueOffsets[length]) },
  );
  const total = ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const rows = pieces.reduce((sum, { length }) => sum + length, 0);
  if (pieces.some(({ valueOffsets }) => valueOffsets instanceof BigInt64Array)) {
    return { offsets: join64(pieces, rows), ranges, total };
  }
  if (total > 2 ** 31 - 1) throw new CannotMerge(`${total} items do not fit offsets of 32 bits`);
  return { offsets: join32(pieces, rows), ranges, total };
}

function join32(pieces: readonly Data[], rows: number): Int32Array {
  const offsets = new Int32Array(rows + 1);
  let row = 0;
  for (const { length, valueOffsets } of pieces) {
    const shift = (offsets[row] ?? 0) - Number(valueOffsets?.[0] ?? 0);
    for (let i = 1; i <= length; i++) offsets[++row] = Number(valueOffsets[i]) + shift;
  }
  return offsets;
}

function join64(pieces: readonly Data[], rows: number): BigInt64Array {
  const offsets = new BigInt64Array(rows + 1);
  let row = 0;
  for (const { length, valueOffsets } of pieces) {
    const shift = (offsets[row] ?? 0n) - BigInt(valueOffsets?.[0] ?? 0);
    for (let i = 1; i <= length; i++) offsets[++row] = BigInt(valueOffsets[i]) + shift;
  }
  return offsets;
}
