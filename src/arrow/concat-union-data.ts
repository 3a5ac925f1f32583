import { BufferType, Data, type Union, UnionMode } from 'apache-arrow';
import { childData } from './child-data.ts';
import type { Pieces } from './owned-data.ts';

/**
 * Joins pieces of sparse or dense unions.
 *
 * @param concat - joins the pieces of one child.
 */
export function concatUnionData(pieces: Pieces, concat: (pieces: Pieces) => Data): Data {
  const type = pieces[0].type as Union;
  const rows = pieces.reduce((sum, { length }) => sum + length, 0);
  const typeIds = new Int8Array(rows);
  const valueOffsets = new Int32Array(type.mode === UnionMode.Dense ? rows : 0);
  const taken = type.children.map(() => [] as Data[]);
  let row = 0;
  for (const piece of pieces) {
    typeIds.set(piece.typeIds.subarray(0, piece.length), row);
    if (type.mode === UnionMode.Dense) takeDense(piece, taken, valueOffsets.subarray(row));
    else taken.forEach((child, i) => void child.push(childData(piece, i).slice(0, piece.length)));
    row += piece.length;
  }
  const children = taken.map((child) => concat(child as unknown as Pieces));
  const buffers = {
    [BufferType.TYPE]: typeIds,
    ...(type.mode === UnionMode.Dense ? { [BufferType.OFFSET]: valueOffsets } : {}),
  };
  return new Data(type, 0, rows, -1, buffers, children);
}

/** Takes of each child the range that the piece points at, and points the new offsets there. */
function takeDense(piece: Data, taken: readonly Data[][], offsets: Int32Array): void {
  const type = piece.type as Union;
  const lowest = type.children.map(() => Number.POSITIVE_INFINITY);
  const highest = type.children.map(() => -1);
  const childOf = (row: number): number => type.typeIdToChildIndex[piece.typeIds[row]] ?? 0;
  for (let row = 0; row < piece.length; row++) {
    const child = childOf(row);
    const at = Number(piece.valueOffsets[row]);
    lowest[child] = Math.min(lowest[child] ?? at, at);
    highest[child] = Math.max(highest[child] ?? at, at);
  }
  const base = taken.map((chunks) => chunks.reduce((sum, { length }) => sum + length, 0));
  for (let row = 0; row < piece.length; row++) {
    const child = childOf(row);
    offsets[row] = Number(piece.valueOffsets[row]) - (lowest[child] ?? 0) + (base[child] ?? 0);
  }
  taken.forEach((child, i) => {
    const end = (highest[i] ?? -1) + 1;
    const begin = Math.min(lowest[i] ?? 0, end);
    child.push(childData(piece, i).slice(begin, end - begin));
  });
}
