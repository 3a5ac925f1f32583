import { NotRead, TooLarge } from '../../errors.ts';
import {
  type ChunkPlace,
  type PageContent,
  type PageValues,
  type ReadAt,
  valueWidth,
} from '../footer/column-chunk.ts';
import { presentCount, rowCount, type SplitBody, splitLevelsV1, splitLevelsV2 } from './levels.ts';
import { decompressBody, pageCodecsReady } from './page-codecs.ts';
import { type DataPageHeader, pageTypes } from './page-header.ts';
import { decodePlain, decodeValues, type EncodedValues } from './page-values.ts';
import { isDataPage, type RawPage, rawPages } from './raw-pages.ts';

/** A data page of a column chunk. */
export interface DecodedPage extends PageContent {
  readonly version: 1 | 2;
  readonly hasChecksum: boolean;
  /** Values, nulls and empty lists. */
  readonly entries: number;
  /** Records that begin in the page. The first of a page v1 may continue a record of the page before. */
  readonly rows: number;
}

/**
 * The data pages of a column chunk in file order, each decoded when asked for: in memory are a page, as it is and
 * decompressed, and the chunk's dictionary. Values are views of these, and fixed ones may be of the dictionary's memory.
 *
 * @throws Error where a page is damaged, of an unknown encoding or codec, or `read` rejects; NotRead; TooLarge.
 */
export async function* decodedPages(
  read: ReadAt,
  chunk: ChunkPlace,
): AsyncGenerator<DecodedPage, void, undefined> {
  await pageCodecsReady();
  let dictionary: PageValues | undefined;
  for await (const page of rawPages(read, chunk)) {
    if (page.header.type === pageTypes.dictionary) {
      dictionary = atPage(page, () => decodeDictionaryPage(chunk, page));
    } else if (isDataPage(page.header)) {
      yield atPage(page, () => decodeDataPage(chunk, page, dictionary));
    }
  }
}

/** What a view of a value takes, and what a reference to one does: of values that have no bytes, too. */
const viewBytes = 104;
const referenceBytes = 12;

/**
 * A page of few bytes may hold many values: empty ones, one that a dictionary repeats, or long ones that begin alike.
 *
 * @throws TooLarge where the values would take more than the chunk's bound.
 */
function requireDecodedRoom(
  { leaf, count, dictionary, encoding }: EncodedValues,
  { maxPageBytes: most = Number.POSITIVE_INFINITY }: ChunkPlace,
  offset: number,
): void {
  const isReferred = dictionary !== undefined && (encoding === 2 || encoding === 8);
  const own = valueWidth(leaf) ?? (isReferred ? 0 : viewBytes);
  const bytes = count * (own + (isReferred ? referenceBytes : 0));
  if (bytes > most) throw new TooLarge(`the page at byte ${offset}`, { bytes, most }, 'decoded');
}

/** Libraries throw what they like at damaged bytes; none of it names the page. */
function atPage<T>({ offset }: RawPage, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof NotRead || cause instanceof TooLarge) throw cause;
    const isOurs = cause instanceof Error && cause.constructor === Error;
    const reason = isOurs ? cause.message : 'its values are damaged';
    throw new Error(`the page at byte ${offset} cannot be decoded: ${reason}`, { cause });
  }
}

function decodeDictionaryPage(chunk: ChunkPlace, { header, body, offset }: RawPage): PageValues {
  const { leaf, codec } = chunk;
  const { encoding, entries } = contentOf(header.content);
  // PLAIN_DICTIONARY is what PLAIN was called in a dictionary page of format 1.0.
  if (encoding !== 0 && encoding !== 2) throw new Error(`its dictionary has encoding ${encoding}`);
  requireDecodedRoom({ leaf, encoding: 0, count: entries, dictionary: undefined }, chunk, offset);
  return decodePlain(leaf, decompressBody(codec, body, header.uncompressedSize), entries);
}

function decodeDataPage(
  chunk: ChunkPlace,
  page: RawPage,
  dictionary: PageValues | undefined,
): DecodedPage {
  const { header } = page;
  const { leaf } = chunk;
  const { encoding, entries } = contentOf(header.content);
  const version = header.type === pageTypes.data ? 1 : 2;
  const split = version === 1 ? splitV1(chunk, page) : splitV2(chunk, page);
  const count = presentCount(leaf, split, entries);
  const encoded = { leaf, encoding, count, dictionary };
  requireDecodedRoom(encoded, chunk, page.offset);
  const values = decodeValues(encoded, split.values, chunk.maxPageBytes);
  const { repetitionLevels, definitionLevels } = split;
  return {
    version,
    hasChecksum: header.crc !== undefined,
    entries,
    rows: rowCount(leaf, split, entries),
    repetitionLevels,
    definitionLevels,
    values,
  };
}

function splitV1({ leaf, codec }: ChunkPlace, { header, body }: RawPage): SplitBody {
  const content = decompressBody(codec, body, header.uncompressedSize);
  return splitLevelsV1(leaf, contentOf(header.content), content);
}

function splitV2({ leaf, codec }: ChunkPlace, { header, body }: RawPage): SplitBody {
  const content = contentOf(header.content);
  const split = splitLevelsV2(leaf, content, body);
  const size = header.uncompressedSize - content.definitionBytes - content.repetitionBytes;
  // A page of nulls alone may have no compressed bytes, which is no valid stream of any codec.
  if (!content.isCompressed || size === 0) return split;
  return { ...split, values: decompressBody(codec, split.values, size) };
}

function contentOf(content: DataPageHeader | undefined): DataPageHeader {
  if (content === undefined) throw new Error('it has no header of its type');
  return content;
}
