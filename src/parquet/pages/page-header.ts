import {
  readField,
  readZigzag,
  skipValue,
  type ThriftCursor,
  type ThriftField,
  thriftTypes,
} from '../footer/thrift-cursor.ts';

/** PageType of parquet.thrift. */
export const pageTypes = { data: 0, index: 1, dictionary: 2, dataV2: 3 } as const;

/** Which field of PageHeader describes a page of that type. */
export const contentFields: ReadonlyMap<number, number> = new Map([
  [pageTypes.data, 5],
  [pageTypes.dictionary, 7],
  [pageTypes.dataV2, 8],
]);

/** The header of a page, as far as reading its values needs it. Sizes are bytes. */
export interface PageHeader {
  /** One of {@link pageTypes}, or what a later version of the format adds. */
  readonly type: number;
  readonly uncompressedSize: number;
  /** Of the body as it lies in the file. */
  readonly compressedSize: number;
  /** CRC-32 of the body as it lies in the file, 0 to 2^32 - 1. */
  readonly crc: number | undefined;
  /** Of a data or dictionary page. */
  readonly content: DataPageHeader | undefined;
}

/** DataPageHeader, DataPageHeaderV2 or DictionaryPageHeader. */
export interface DataPageHeader {
  /** Values, nulls and empty lists. */
  readonly entries: number;
  /** Encoding of parquet.thrift. */
  readonly encoding: number;
  /** Encodings of the levels of a data page v1. */
  readonly definitionEncoding: number | undefined;
  readonly repetitionEncoding: number | undefined;
  /** Of a data page v2, whose levels are not compressed. */
  readonly definitionBytes: number;
  readonly repetitionBytes: number;
  readonly isCompressed: boolean;
}

/** A parsed header and its length in bytes. */
export interface ParsedHeader {
  readonly header: PageHeader;
  readonly length: number;
}

/**
 * Parses the page header at the beginning of the bytes.
 *
 * @throws Error where it is none, or the bytes end before it does.
 */
export function parsePageHeader(bytes: Uint8Array): ParsedHeader {
  const cursor = { bytes, at: 0 };
  const numbers = new Map<number, number>();
  const contents = new Map<number, DataPageHeader>();
  for (let field = readField(cursor, 0); field !== null; field = readField(cursor, field.id)) {
    const layout = field.kind === thriftTypes.struct ? layouts.get(field.id) : undefined;
    if (layout !== undefined) contents.set(field.id, readContent(cursor, layout));
    else if (field.id <= 4) numbers.set(field.id, readI32(cursor, field));
    else skipValue(cursor, field.kind);
  }
  const crc = numbers.get(4);
  const type = required(numbers, 1);
  const header = {
    type,
    uncompressedSize: required(numbers, 2),
    compressedSize: required(numbers, 3),
    crc: crc === undefined ? undefined : crc >>> 0,
    content: contents.get(contentFields.get(type) ?? 0),
  };
  return { header, length: cursor.at };
}

/** What the fields of the struct mean, by their ids. */
interface Layout {
  readonly encoding: number;
  readonly definitionEncoding?: number;
  readonly repetitionEncoding?: number;
  readonly definitionBytes?: number;
  readonly repetitionBytes?: number;
  readonly isCompressed?: number;
}

/** Of the structs of {@link contentFields}; field 1 of each is num_values. */
const layouts: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [5, { encoding: 2, definitionEncoding: 3, repetitionEncoding: 4 }],
  [7, { encoding: 2 }],
  [8, { encoding: 4, definitionBytes: 5, repetitionBytes: 6, isCompressed: 7 }],
]);

function readContent(cursor: ThriftCursor, layout: Layout): DataPageHeader {
  const numbers = new Map<number, number>();
  for (let field = readField(cursor, 0); field !== null; field = readField(cursor, field.id)) {
    // True and false are the type of the field; everything else of interest is an i32.
    if (field.kind <= 2) numbers.set(field.id, field.kind);
    else if (field.kind === thriftTypes.i32) numbers.set(field.id, readI32(cursor, field));
    else skipValue(cursor, field.kind);
  }
  const optional = (id: number | undefined): number | undefined =>
    id === undefined ? undefined : numbers.get(id);
  return {
    entries: required(numbers, 1),
    encoding: required(numbers, layout.encoding),
    definitionEncoding: optional(layout.definitionEncoding),
    repetitionEncoding: optional(layout.repetitionEncoding),
    definitionBytes: optional(layout.definitionBytes) ?? 0,
    repetitionBytes: optional(layout.repetitionBytes) ?? 0,
    isCompressed: optional(layout.isCompressed) !== 2,
  };
}

function readI32(cursor: ThriftCursor, { id, kind }: ThriftField): number {
  const value = kind === thriftTypes.i32 ? readZigzag(cursor) : Number.NaN;
  if (value >= -(2 ** 31) && value < 2 ** 31) return value;
  throw new Error(`field ${id} of a page header is no i32`);
}

function required(numbers: ReadonlyMap<number, number>, id: number): number {
  const value = numbers.get(id);
  if (value === undefined) throw new Error(`a page header has no field ${id}`);
  return value;
}

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
