import { writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { compressZstd } from '#toedit/src/compression/zstd';
import {
  binaryList,
  binaryValue,
  i32List,
  i32Value,
  i64Value,
  newStruct,
  structList,
  structValue,
} from '#toedit/src/parquet/footer/write-thrift';

/** A page as no writer would write it. */
export interface HostilePage {
  readonly kind?: 'dictionary' | 'data';
  readonly entries: number;
  /** Encoding of parquet.thrift. @defaultValue PLAIN */
  readonly encoding?: number;
  readonly body: Uint8Array;
  /** The uncompressed size that its header claims. @defaultValue the true one */
  readonly claim?: number;
  /** How often it stands in the file. @defaultValue 1 */
  readonly times?: number;
}

export interface HostileColumn {
  readonly name: string;
  readonly codec?: keyof typeof codecs;
  /** required, optional or repeated. @defaultValue required */
  readonly repetition?: 0 | 1 | 2;
  readonly pages: readonly HostilePage[];
}

const fastBrotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 0 } };
const codecs = {
  gzip: [2, (bytes: Uint8Array): Uint8Array => gzipSync(bytes)],
  brotli: [4, (bytes: Uint8Array): Uint8Array => brotliCompressSync(bytes, fastBrotli)],
  zstd: [6, compressZstd],
} as const;

/** Writes a Parquet file of one row group, whose columns are byte arrays. `zstdReady` is to be awaited before. */
export function writeHostileParquet(
  path: string,
  rows: number,
  columns: readonly HostileColumn[],
): void {
  const parts: Uint8Array[] = [Buffer.from('PAR1')];
  const chunks = columns.map((column) => {
    const start = Buffer.concat(parts).length;
    const pages = column.pages.flatMap((page) =>
      Array.from({ length: page.times ?? 1 }, () => pageBytes(page, column.codec ?? 'zstd')),
    );
    parts.push(...pages);
    return chunkOf(column, start, pages);
  });
  const bytes = Buffer.concat(parts).length;
  const footer = newStruct([
    [1, i32Value(1)],
    [2, structList([rootOf(columns), ...columns.map(leafOf)])],
    [3, i64Value(rows)],
    [4, structList([rowGroupOf(chunks, bytes, rows)])],
  ]);
  const length = Buffer.from(Uint32Array.of(footer.length).buffer);
  writeFileSync(path, Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]));
}

function pageBytes(page: HostilePage, codec: keyof typeof codecs): Uint8Array {
  const { kind = 'data', entries, encoding = 0, body, claim = body.length } = page;
  const compressed = codecs[codec][1](body);
  const isData = kind === 'data';
  const content = newStruct([
    [1, i32Value(entries)],
    [2, i32Value(encoding)],
    [3, isData ? i32Value(3) : null],
    [4, isData ? i32Value(3) : null],
  ]);
  const header = newStruct([
    [1, i32Value(isData ? 0 : 2)],
    [2, i32Value(claim)],
    [3, i32Value(compressed.length)],
    [isData ? 5 : 7, structValue(content)],
  ]);
  return Buffer.concat([header, compressed]);
}

function chunkOf(
  { name, codec = 'zstd', pages }: HostileColumn,
  start: number,
  written: readonly Uint8Array[],
): Uint8Array {
  const entries = pages
    .filter(({ kind }) => kind !== 'dictionary')
    .reduce((sum, page) => sum + page.entries * (page.times ?? 1), 0);
  const hasDictionary = pages[0]?.kind === 'dictionary';
  const bytes = written.reduce((sum, page) => sum + page.length, 0);
  const metadata = newStruct([
    [1, i32Value(6)],
    [2, i32List([0, 3, 8])],
    [3, binaryList([Buffer.from(name)])],
    [4, i32Value(codecs[codec][0])],
    [5, i64Value(entries)],
    [6, i64Value(bytes)],
    [7, i64Value(bytes)],
    [9, i64Value(start + (hasDictionary ? (written[0]?.length ?? 0) : 0))],
    [11, hasDictionary ? i64Value(start) : null],
  ]);
  return newStruct([
    [2, i64Value(start)],
    [3, structValue(metadata)],
  ]);
}

const rowGroupOf = (chunks: readonly Uint8Array[], bytes: number, rows: number): Uint8Array =>
  newStruct([
    [1, structList(chunks)],
    [2, i64Value(bytes)],
    [3, i64Value(rows)],
  ]);

const rootOf = ({ length }: readonly HostileColumn[]): Uint8Array =>
  newStruct([
    [4, binaryValue('schema')],
    [5, i32Value(length)],
  ]);

const leafOf = ({ name, repetition = 0 }: HostileColumn): Uint8Array =>
  newStruct([
    [1, i32Value(6)],
    [3, i32Value(repetition)],
    [4, binaryValue(name)],
    [6, i32Value(0)],
  ]);

/** Byte arrays as PLAIN has them. */
export function plain(...items: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    items.flatMap((item) => [Buffer.from(Uint32Array.of(item.length).buffer), item]),
  );
}

/** Indexes of a dictionary, all of them 0. */
export function firstIndexes(count: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(1), runOf(0, count)]);
}

/** Levels of a page v1, all of them the same. */
export function levelsOf(level: number, count: number): Uint8Array {
  const run = runOf(level, count);
  return Buffer.concat([Buffer.from(Uint32Array.of(run.length).buffer), run]);
}

function runOf(value: number, count: number): Uint8Array {
  return Buffer.concat([varint(BigInt(count) * 2n), Uint8Array.of(value)]);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** DELTA_BYTE_ARRAY of a text that is repeated: all but the first have no bytes of their own. */
export function repeatedDelta(text: Uint8Array, count: number): Uint8Array {
  const prefixes = deltaPacked(count, 0, text.length);
  const suffixes = deltaPacked(count, text.length, -text.length);
  return Buffer.concat([prefixes, suffixes, text]);
}

/** DELTA_BINARY_PACKED of a first number, and of the sum of both from then on. */
function deltaPacked(count: number, first: number, step: number): Uint8Array {
  const zigzag = (value: number): Uint8Array =>
    varint(value >= 0 ? BigInt(value) * 2n : BigInt(-value) * 2n - 1n);
  const parts = [varint(128n), varint(4n), varint(BigInt(count)), zigzag(first)];
  const least = Math.min(0, step);
  const packed = Buffer.alloc(128 * 4);
  for (let i = 0; i < 128; i++) packed.writeUInt32LE((i === 0 ? step : 0) - least, i * 4);
  for (let at = 1; at < count; at += 128) {
    if (at === 1) parts.push(zigzag(least), Uint8Array.of(32, 32, 32, 32), packed);
    else parts.push(zigzag(0), Uint8Array.of(0, 0, 0, 0));
  }
  return Buffer.concat(parts);
}
