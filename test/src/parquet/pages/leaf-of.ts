import type { Leaf, ReadAt } from '#toedit/src/parquet/footer/column-chunk';

/** Reads of a file that is in memory. */
export function readAtOf(bytes: Uint8Array): ReadAt {
  return async (position, length) => {
    if (position + length > bytes.length) throw new Error('the file ends before');
    return bytes.subarray(position, position + length);
  };
}

/** A leaf, optional and nested in no list unless said. */
export function leafOf(leaf: Partial<Leaf>): Leaf {
  return {
    path: ['x'],
    physicalType: 'BYTE_ARRAY',
    typeLength: 0,
    maxDefinitionLevel: 1,
    maxRepetitionLevel: 0,
    ...leaf,
  };
}
