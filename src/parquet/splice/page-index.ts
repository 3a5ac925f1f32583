import { inFooter } from '../footer/file-metadata.ts';
import { eachStructIn, fieldOf, readStruct, requireCount } from '../footer/thrift-struct.ts';
import {
  binaryList,
  boolList,
  i32Value,
  i64List,
  i64Value,
  newStruct,
  structList,
  writeStruct,
} from '../footer/write-thrift.ts';
import type { WrittenChunk } from './chunk-writer.ts';

/**
 * The offset index of a chunk that was copied: its pages lie elsewhere. OffsetIndex: 1 is page_locations; PageLocation:
 * 1 is offset.
 *
 * @param shift - bytes by which they moved.
 * @throws ToeditError `FILE_CORRUPT` where the bytes are no offset index.
 */
export function shiftOffsetIndex(path: string, bytes: Uint8Array, shift: number): Uint8Array {
  if (shift === 0) return bytes;
  return inFooter({ file: path }, () => {
    const index = readStruct(bytes);
    const locations: Uint8Array[] = [];
    for (const location of eachStructIn(index, 1)) {
      const offset = requireCount(location, 1) + shift;
      if (offset < 0) throw new Error('an offset index points outside the file');
      locations.push(writeStruct(location, new Map([[1, i64Value(offset)]])));
    }
    return writeStruct(index, new Map([[1, structList(locations)]]));
  });
}

/**
 * The offset index of a chunk that was written. PageLocation: 1 is offset, 2 compressed_page_size, 3 first_row_index.
 * OffsetIndex: 2 is unencoded_byte_array_data_bytes, written where the old one had it.
 */
export function offsetIndexOf(path: string, old: Uint8Array, { pages }: WrittenChunk): Uint8Array {
  const hasSizes = inFooter({ file: path }, () => fieldOf(readStruct(old), 2) !== undefined);
  const locations = pages.map(({ offset, bytes, firstRow }) =>
    newStruct([
      [1, i64Value(offset)],
      [2, i32Value(bytes)],
      [3, i64Value(firstRow)],
    ]),
  );
  return newStruct([
    [1, structList(locations)],
    [2, hasSizes ? i64List(pages.map(({ valueBytes }) => valueBytes)) : null],
  ]);
}

const noBytes = new Uint8Array(0);

/**
 * The column index of a chunk that was written. ColumnIndex: 1 is null_pages, 2 min_values, 3 max_values,
 * 4 boundary_order (0: none), 5 null_counts. Its histograms of levels, which are optional, go.
 */
export function columnIndexOf({ pages }: WrittenChunk): Uint8Array {
  return newStruct([
    [1, boolList(pages.map(({ bounds }) => bounds === undefined))],
    [2, binaryList(pages.map(({ bounds }) => bounds?.min ?? noBytes))],
    [3, binaryList(pages.map(({ bounds }) => bounds?.max ?? noBytes))],
    [4, i32Value(0)],
    [5, i64List(pages.map(({ nulls }) => nulls))],
  ]);
}
