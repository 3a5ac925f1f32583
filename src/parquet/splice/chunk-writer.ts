import { type Leaf, type PageValues, valueWidth } from '../footer/column-chunk.ts';
import { type ByteArrayBounds, byteArrayBounds, mergeBounds } from '../pages/byte-array-bounds.ts';
import { type EncodedPage, encodePage, type PageStyle } from '../pages/encode-page.ts';
import type { OutputFile } from './output-file.ts';

/** A page that has been written. */
export interface WrittenPage {
  /** First byte in the output. */
  readonly offset: number;
  /** With its header. */
  readonly bytes: number;
  readonly firstRow: number;
  readonly entries: number;
  readonly nulls: number;
  /** Undefined where no value is not null, or they were not asked for. */
  readonly bounds: ByteArrayBounds | undefined;
  /** Bytes of all byte arrays. */
  readonly valueBytes: number;
}

/** A column chunk that has been written, with PLAIN values. */
export interface WrittenChunk {
  readonly start: number;
  readonly pages: readonly WrittenPage[];
  readonly style: PageStyle;
  readonly entries: number;
  readonly nulls: number;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  readonly bounds: ByteArrayBounds | undefined;
  readonly valueBytes: number;
}

/** A column chunk that is being written, one entry after the other. */
export interface ChunkWriter {
  /** Says how pages are to look from now on, and that one may end here. */
  readonly startPage: (style: PageStyle) => void;
  /** True where a page must be written before an entry of that level is added. */
  readonly isDue: (repetition: number) => boolean;
  /** Adds an entry. The value is undefined where its definition level is below the leaf's maximum. */
  readonly add: (repetition: number, definition: number, value: Uint8Array | undefined) => void;
  readonly writePage: () => Promise<void>;
  readonly finish: () => Promise<WrittenChunk>;
}

/** A chunk to be written. */
export interface NewChunk {
  readonly leaf: Leaf;
  /** CompressionCodec of parquet.thrift. */
  readonly codec: number;
  /** Whether min and max of byte arrays are wanted. */
  readonly withBounds: boolean;
}

/** What other writers aim at; a page holds whole rows, so that one may be larger. */
const pageBytes = 2 ** 20;
const pageEntries = 2 ** 17;
/** Longer bounds say little more, and the footer would hold whole texts. */
const boundBytes = 64;

interface Pending {
  repetitions: number[];
  definitions: number[];
  items: Uint8Array[];
  bytes: number;
}

const nothing = (): Pending => ({ repetitions: [], definitions: [], items: [], bytes: 0 });

/** Begins a column chunk at the output's position. */
export function writeChunk(output: OutputFile, chunk: NewChunk): ChunkWriter {
  const start = output.position;
  const pages: WrittenPage[] = [];
  let style: PageStyle = { version: 1, withChecksum: false };
  let pending = nothing();
  let mayEnd = false;
  let rows = 0;
  let uncompressedBytes = 0;
  const writePage = async (): Promise<void> => {
    const page = pageOf(chunk, pending, style);
    const { items, bytes: valueBytes } = pending;
    pages.push({
      offset: output.position,
      bytes: page.compressedSize,
      firstRow: rows,
      entries: page.entries,
      nulls: page.nulls,
      bounds: chunk.withBounds ? byteArrayBounds(items, boundBytes) : undefined,
      valueBytes,
    });
    uncompressedBytes += page.uncompressedSize;
    rows += page.rows;
    pending = nothing();
    mayEnd = false;
    await output.write(page.bytes);
  };
  return {
    startPage: (next) => {
      style = next;
      mayEnd = pending.definitions.length > 0;
    },
    isDue: (repetition) => {
      const { length } = pending.definitions;
      if (repetition > 0 || length === 0) return false;
      return mayEnd || pending.bytes >= pageBytes || length >= pageEntries;
    },
    add: (repetition, definition, value) => {
      pending.repetitions.push(repetition);
      pending.definitions.push(definition);
      if (value === undefined) return;
      pending.items.push(value);
      pending.bytes += value.length;
    },
    writePage,
    finish: async () => {
      if (pending.definitions.length > 0) await writePage();
      return { start, pages, style, uncompressedBytes, ...totals(pages) };
    },
  };
}

const none = new Uint8Array(0);

function pageOf({ leaf, codec }: NewChunk, pending: Pending, style: PageStyle): EncodedPage {
  const { repetitions, definitions, items } = pending;
  const content = {
    repetitionLevels: leaf.maxRepetitionLevel === 0 ? none : Uint8Array.from(repetitions),
    definitionLevels: leaf.maxDefinitionLevel === 0 ? none : Uint8Array.from(definitions),
    values: valuesOf(leaf, items),
  };
  return encodePage(leaf, codec, content, style);
}

function valuesOf(leaf: Leaf, items: readonly Uint8Array[]): PageValues {
  const width = valueWidth(leaf);
  if (width === undefined) return { kind: 'byteArrays', items };
  return { kind: 'fixed', width, count: items.length, bytes: Buffer.concat(items) };
}

function totals(
  pages: readonly WrittenPage[],
): Pick<WrittenChunk, 'entries' | 'nulls' | 'compressedBytes' | 'bounds' | 'valueBytes'> {
  const sum = (of: (page: WrittenPage) => number): number =>
    pages.reduce((total, page) => total + of(page), 0);
  return {
    entries: sum(({ entries }) => entries),
    nulls: sum(({ nulls }) => nulls),
    compressedBytes: sum(({ bytes }) => bytes),
    bounds: pages.map(({ bounds }) => bounds).reduce(mergeBounds, undefined),
    valueBytes: sum(({ valueBytes }) => valueBytes),
  };
}
