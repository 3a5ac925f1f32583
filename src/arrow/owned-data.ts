import { BufferType, Data, type DataType, type Vector } from 'apache-arrow';
import { copyBits } from './copy-bits.ts';

/** One or more pieces of data of one type, sliced or not. */
export type Pieces<T extends DataType = DataType> = readonly [Data<T>, ...Data<T>[]];

/** What a merged piece of data consists of beside its validity. */
export interface OwnedParts {
  readonly buffers?: Partial<Data['buffers']>;
  readonly children?: Data[];
  readonly dictionary?: Vector | undefined;
  readonly variadicBuffers?: readonly Uint8Array[];
}

/** One piece of data of offset 0 in place of `pieces`, with their validity joined. */
export function ownedData<T extends DataType>(pieces: Pieces<T>, parts: OwnedParts): Data<T> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const nullCount = pieces.reduce((sum, piece) => sum + Math.max(piece.nullCount, 0), 0);
  const validity = nullCount === 0 ? new Uint8Array(0) : joinValidity(pieces, length);
  const buffers = { ...parts.buffers, [BufferType.VALIDITY]: validity };
  const { children, dictionary, variadicBuffers } = parts;
  const { type } = pieces[0];
  return new Data(type, 0, length, nullCount, buffers, children, dictionary, variadicBuffers);
}

function joinValidity(pieces: readonly Data[], length: number): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3).fill(255);
  let at = 0;
  for (const piece of pieces) {
    if (piece.nullCount > 0) {
      const from = { bits: piece.nullBitmap, start: piece.offset };
      copyBits(from, { bits, start: at }, piece.length);
    }
    at += piece.length;
  }
  return bits;
}
