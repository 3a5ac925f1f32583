import type { PageValues } from './column-chunk.ts';
import { valueCount } from './column-chunk.ts';
import { decodeRuns } from './run-lengths.ts';

/** Values of a page are in memory together. */
const maxBytes = 2 ** 31 - 1;

/**
 * PLAIN_DICTIONARY and RLE_DICTIONARY: the width of an index in bits, then the indexes.
 *
 * @throws Error where the bytes are damaged, or an index is beyond the dictionary.
 */
export function decodeDictionary(
  dictionary: PageValues,
  bytes: Uint8Array,
  count: number,
): PageValues {
  const [width] = bytes;
  if (width === undefined || width > 32) throw new Error('a dictionary index has no valid width');
  const indexes = new Uint32Array(count);
  decodeRuns(bytes.subarray(1), width, indexes);
  const size = valueCount(dictionary);
  for (const index of indexes) {
    if (index >= size) throw new Error(`index ${index} is beyond a dictionary of ${size} values`);
  }
  if (dictionary.kind === 'fixed') return gather(dictionary, indexes);
  const { items } = dictionary;
  return { kind: 'byteArrays', items: Array.from(indexes, (index) => items[index] ?? empty) };
}

const empty = new Uint8Array(0);

function gather(
  { width, bytes }: Extract<PageValues, { kind: 'fixed' }>,
  indexes: Uint32Array,
): PageValues {
  if (indexes.length * width > maxBytes) throw new Error('the values of a page have over 2 GiB');
  const output = new Uint8Array(indexes.length * width);
  let at = 0;
  for (const index of indexes) {
    const start = index * width;
    for (let i = 0; i < width; i++) output[at++] = bytes[start + i] ?? 0;
  }
  return { kind: 'fixed', width, count: indexes.length, bytes: output };
}
