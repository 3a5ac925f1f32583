import { type Data, DataType } from 'apache-arrow';
import { copyBits } from './copy-bits.ts';

/**
 * The validity bitmap of a column's data, one bit an item from bit 0 on whatever the data's offset; 1 is valid.
 * Undefined where no item is null. May be the data's own buffer: not to be written to.
 */
export function validity(data: Data): Uint8Array | undefined {
  if (DataType.isNull(data.type)) return new Uint8Array((data.length + 7) >> 3);
  if (DataType.isUnion(data.type) || data.nullCount <= 0) return undefined;
  const bytes = (data.length + 7) >> 3;
  if (data.offset === 0) return data.nullBitmap.subarray(0, bytes);
  const bits = new Uint8Array(bytes);
  copyBits({ bits: data.nullBitmap, start: data.offset }, { bits, start: 0 }, data.length);
  return bits;
}
