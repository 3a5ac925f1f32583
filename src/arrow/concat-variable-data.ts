import { BufferType, type Data } from 'apache-arrow';
import { joinOffsets } from './join-offsets.ts';
import { ownedData, type Pieces } from './owned-data.ts';

/** Joins pieces of text or binary data, of 32- or 64-bit offsets. */
export function concatVariableData(pieces: Pieces): Data {
  const { offsets, ranges, total } = joinOffsets(pieces);
  const values = new Uint8Array(total);
  let at = 0;
  for (const [index, { begin, end }] of ranges.entries()) {
    if (end > begin) values.set(pieces[index]?.values.subarray(begin, end), at);
    at += end - begin;
  }
  return ownedData(pieces, {
    buffers: { [BufferType.OFFSET]: offsets, [BufferType.DATA]: values },
  });
}
