import { thriftTypes } from '../thrift-cursor.ts';
import { pageTypes } from './page-header.ts';

/** A field of a page header: its id, and an i32, a boolean or a struct. */
type Field = readonly [id: number, value: number | boolean | readonly Field[]];

/** What the header of a data page with PLAIN values says. Sizes are bytes. */
export interface WrittenPage {
  readonly version: 1 | 2;
  readonly uncompressedSize: number;
  readonly compressedSize: number;
  /** CRC-32 of the body, where there shall be one. */
  readonly crc: number | undefined;
  readonly entries: number;
  readonly nulls: number;
  readonly rows: number;
  /** Of a page v2. */
  readonly definitionBytes: number;
  readonly repetitionBytes: number;
  readonly isCompressed: boolean;
}

const encodings = { plain: 0, runs: 3 } as const;

/** PageHeader in Thrift's compact protocol. */
export function pageHeaderBytes(page: WrittenPage): Uint8Array {
  const output: number[] = [];
  // The checksum is unsigned, the field is not.
  const crc: Field[] = page.crc === undefined ? [] : [[4, page.crc | 0]];
  pushStruct(output, [
    [1, page.version === 1 ? pageTypes.data : pageTypes.dataV2],
    [2, page.uncompressedSize],
    [3, page.compressedSize],
    ...crc,
    page.version === 1 ? [5, contentV1(page)] : [8, contentV2(page)],
  ]);
  return Uint8Array.from(output);
}

/** DataPageHeader. */
function contentV1({ entries }: WrittenPage): readonly Field[] {
  return [
    [1, entries],
    [2, encodings.plain],
    [3, encodings.runs],
    [4, encodings.runs],
  ];
}

/** DataPageHeaderV2. */
function contentV2(page: WrittenPage): readonly Field[] {
  return [
    [1, page.entries],
    [2, page.nulls],
    [3, page.rows],
    [4, encodings.plain],
    [5, page.definitionBytes],
    [6, page.repetitionBytes],
    [7, page.isCompressed],
  ];
}

/** Ids grow by 1 to 15 from field to field, which is all that a page header needs. */
function pushStruct(output: number[], fields: readonly Field[]): void {
  let last = 0;
  for (const [id, value] of fields) {
    const delta = (id - last) << 4;
    last = id;
    if (typeof value === 'boolean') output.push(delta | (value ? 1 : 2));
    else if (typeof value === 'number') {
      output.push(delta | thriftTypes.i32);
      pushVarint(output, ((value << 1) ^ (value >> 31)) >>> 0);
    } else {
      output.push(delta | thriftTypes.struct);
      pushStruct(output, value);
    }
  }
  output.push(0);
}

function pushVarint(output: number[], value: number): void {
  let rest = value;
  for (; rest > 127; rest >>>= 7) output.push((rest & 127) | 128);
  output.push(rest);
}
