import { crc32 } from 'node:zlib';
import {
  type Leaf,
  type PageContent,
  type PageValues,
  valueCount,
} from '../footer/column-chunk.ts';
import { encodeLevels, presentCount, rowCount, withLength } from './levels.ts';
import { compressBody } from './page-codecs.ts';
import { pageHeaderBytes } from './page-header.ts';
import { encodePlain } from './page-values.ts';

/** How a page is to be written: as the one was that it stands for. */
export interface PageStyle {
  readonly version: 1 | 2;
  readonly withChecksum: boolean;
}

/** A data page as it goes into the file, and what the footer and the page index say of it. */
export interface EncodedPage {
  /** Header and body. */
  readonly bytes: Uint8Array;
  readonly headerLength: number;
  /** Bytes with the header, the body before compression: its share of total_uncompressed_size. */
  readonly uncompressedSize: number;
  /** Bytes with the header: its share of total_compressed_size. */
  readonly compressedSize: number;
  /** Values, nulls and empty lists: its share of num_values. */
  readonly entries: number;
  /** Records that begin in the page. */
  readonly rows: number;
  /** Entries without a value. */
  readonly nulls: number;
}

/** A page states its sizes as i32. */
const maxBodyBytes = 2 ** 31 - 1;

/**
 * Encodes a data page with PLAIN values and levels in runs. `pageCodecsReady()` must have been awaited.
 *
 * @param codec - CompressionCodec of parquet.thrift.
 * @throws Error where the codec is unknown, or the page has 2 GiB or more.
 * @throws RangeError where levels and values do not belong together.
 */
export function encodePage(
  leaf: Leaf,
  codec: number,
  content: PageContent,
  { version, withChecksum }: PageStyle,
): EncodedPage {
  const counts = countsOf(leaf, content);
  const { uncompressedSize, body, ...style } = encodeBody(leaf, codec, content, version);
  if (Math.max(uncompressedSize, body.length) > maxBodyBytes) {
    throw new Error(`a page of ${uncompressedSize} bytes is over Parquet's 2 GiB`);
  }
  const header = pageHeaderBytes({
    version,
    ...counts,
    ...style,
    uncompressedSize,
    compressedSize: body.length,
    crc: withChecksum ? crc32(body) : undefined,
  });
  const bytes = Buffer.concat([header, body]);
  return {
    bytes,
    headerLength: header.length,
    uncompressedSize: header.length + uncompressedSize,
    compressedSize: bytes.length,
    ...counts,
  };
}

interface Counts {
  readonly entries: number;
  readonly rows: number;
  readonly nulls: number;
}

function countsOf(leaf: Leaf, content: PageContent): Counts {
  const { definitionLevels, repetitionLevels, values } = content;
  const count = valueCount(values);
  const entries = leaf.maxDefinitionLevel === 0 ? count : definitionLevels.length;
  const present = presentCount(leaf, content, entries);
  const repetitions = leaf.maxRepetitionLevel === 0 ? entries : repetitionLevels.length;
  if (present !== count || repetitions !== entries) {
    throw new RangeError(
      `a page has ${definitionLevels.length} definition and ${repetitionLevels.length} repetition levels for ${count} values`,
    );
  }
  return { entries, rows: rowCount(leaf, content, entries), nulls: entries - count };
}

interface Body {
  readonly uncompressedSize: number;
  readonly body: Uint8Array;
  readonly definitionBytes: number;
  readonly repetitionBytes: number;
  readonly isCompressed: boolean;
}

function encodeBody(leaf: Leaf, codec: number, content: PageContent, version: 1 | 2): Body {
  const repetition = encodeLevels(content.repetitionLevels, leaf.maxRepetitionLevel);
  const definition = encodeLevels(content.definitionLevels, leaf.maxDefinitionLevel);
  const values = requireSize(leaf, content.values);
  const levels = { definitionBytes: definition.length, repetitionBytes: repetition.length };
  if (version === 1) {
    const plain = Buffer.concat([
      withLength(repetition, leaf.maxRepetitionLevel),
      withLength(definition, leaf.maxDefinitionLevel),
      values,
    ]);
    const body = compressBody(codec, plain);
    return { uncompressedSize: plain.length, body, isCompressed: true, ...levels };
  }
  // Readers differ in what no values are when compressed: no bytes, or a stream of none.
  const isCompressed = codec !== 0 && values.length > 0;
  const compressed = isCompressed ? compressBody(codec, values) : values;
  return {
    uncompressedSize: repetition.length + definition.length + values.length,
    body: Buffer.concat([repetition, definition, compressed]),
    isCompressed,
    ...levels,
  };
}

function requireSize(leaf: Leaf, values: PageValues): Uint8Array {
  const bytes = encodePlain(leaf, values);
  if (bytes.length <= maxBodyBytes) return bytes;
  throw new Error(`a page of ${bytes.length} bytes is over Parquet's 2 GiB`);
}
