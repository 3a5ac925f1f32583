import { BufferType, type Data } from 'apache-arrow';
import { childData } from './child-data.ts';
import { joinOffsets } from './join-offsets.ts';
import { ownedData, type Pieces } from './owned-data.ts';

/**
 * Joins pieces of lists or maps.
 *
 * @param concat - joins the pieces' items.
 */
export function concatListData(pieces: Pieces, concat: (pieces: Pieces) => Data): Data {
  const { offsets, ranges } = joinOffsets(pieces);
  const [first, ...rest] = pieces.map((piece, index) => {
    const { begin, end } = ranges[index] ?? { begin: 0, end: 0 };
    return childData(piece, 0).slice(begin, end - begin);
  });
  const items = concat([first, ...rest] as unknown as Pieces);
  return ownedData(pieces, { buffers: { [BufferType.OFFSET]: offsets }, children: [items] });
}
