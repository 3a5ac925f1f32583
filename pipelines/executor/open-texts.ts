import { deadLetterNames } from '../../operators/dead-letters.ts';
import { type ReadJsonlOptions, readJsonl } from '../../operators/formats/read-jsonl.ts';
import type { DataMember } from '../../operators/formats/read-zip.ts';
import { spreadTexts } from '../../operators/spread-texts.ts';
import { skipRows, takeRows } from '../../operators/take-rows.ts';
import { requireAbsentFrom } from '../../src/arrow/columns.ts';
import { columnNames } from '../../src/columns.ts';
import { decompress } from '../../src/compression/decompress.ts';
import type { FileFormat } from '../../src/files/detect-format.ts';
import type { Source } from '../../src/operator.ts';
import { type FileMetadata, leavesOf } from '../../src/parquet/footer/file-metadata.ts';
import { readParquetTexts } from '../../src/parquet/read-parquet-texts.ts';
import type { ParquetWriteOptions } from '../../src/parquet/write-parquet-file.ts';
import { type TextSelection, textSelection } from '../../src/texts/text-selection.ts';
import { nameInErrors } from '../../src/zip/read-zip-directory.ts';
import type { CorpusOptions } from '../stages/corpus-options.ts';
import { type LineFields, lineFields } from '../stages/line-fields.ts';
import { outputFormat } from '../stages/output-path.ts';
import { textColumnOf, textOptionsOf } from '../stages/text-rows.ts';
import { requireLeaves } from '../texts/text-leaves.ts';
import { countBytes, type InputExtent } from './input-extent.ts';
import { lineLimits } from './memory-bounds.ts';

/** A file, or a member of an archive, opened for reading. */
export interface OpenedInput {
  readonly status: 'data';
  /** What messages and reports call it. */
  readonly name: string;
  /** Where its output goes, below the output directory. */
  readonly relativePath: string;
  readonly format: FileFormat;
  /** Where it lies by itself, for random access; null where it is only a stream. */
  readonly path: string | null;
  /** Null where the format does not say before its end. */
  readonly rows: number | null;
  /** How a Parquet file is laid out; null for other formats. */
  readonly parquet: ParquetWriteOptions | null;
  /** The footer of a Parquet file, read once; null for other formats. */
  readonly footer: FileMetadata | null;
  /** All columns; to be read, once or more often, before the next member of an archive is asked for. */
  readonly source: Source;
  /** The decompressed bytes of JSON Lines, as `source`; other formats are not read by them. */
  readonly lines: () => AsyncIterable<Uint8Array>;
  /** Which texts have rows of their own in `textsFrom`, up to the limit of rows; null where a row is its text's. */
  readonly selection: TextSelection | null;
  /** From that row on, at least the columns that are scored: what the text is, and what keys its draws. */
  readonly textsFrom: (row: number) => Source;
  /** The columns that its lines become; null where they stay lines, or are none. */
  readonly fields: LineFields | null;
  /** How many of its bytes `textsFrom` has read so far. */
  readonly extent: InputExtent;
}

type Readable = Pick<
  OpenedInput,
  'name' | 'format' | 'path' | 'source' | 'rows' | 'parquet' | 'footer' | 'extent'
> &
  Pick<DataMember, 'bytes'>;

/**
 * Of a Parquet file that stays one the text's pages alone are decoded, unless another column keys the draws. Whatever else is
 * read when the file is finished is read before it is scored, too: what is wrong with it shows before work.
 */
export function withTexts(
  { bytes, ...input }: Readable,
  options: CorpusOptions,
): Omit<Readable, 'bytes'> & Pick<OpenedInput, 'textsFrom' | 'lines' | 'fields' | 'selection'> {
  const { keyColumn, onBadRow, format } = options;
  const { name, path, source, footer } = input;
  const selection = textSelection(options);
  const lines = (): AsyncIterable<Uint8Array> => decompress(bytes(), name);
  const isSpliced = outputFormat(input.format.kind, format) === 'parquet';
  if (selection !== null && isSpliced && footer !== null) requireLeaves(footer, selection);
  if (footer === null || path === null || !isSpliced || selection !== null) {
    const isJsonl = input.format.kind === 'jsonl';
    const read = (signal: AbortSignal | undefined): Source =>
      isJsonl
        ? readJsonl(countBytes(bytes(), input.extent), {
            ...jsonlOptions({ ...options, signal }),
            name,
          })
        : source;
    const becomesRows = isJsonl && outputFormat('jsonl', format) !== 'jsonl';
    const fields = becomesRows ? lineFields({ name, bytes, reading: jsonlOptions }, options) : null;
    const texts = (): Source => textsOf({ read, name, selection }, options);
    const textsFrom = (row: number): Source => after(fields, skipRows(row)(texts()));
    // How many texts there are is not known before the end.
    const known = selection === null ? input.rows : null;
    return { ...input, rows: known, lines, fields, selection, textsFrom };
  }
  const added = [
    ...Object.values(columnNames),
    ...(onBadRow === 'dead-letter' ? deadLetterNames : []),
  ];
  const textsFrom = (firstRow: number): Source => {
    requireAbsentFrom(columnsIn(footer), added);
    if (keyColumn !== undefined) return skipRows(firstRow)(source);
    const texts = untilStop(
      (signal) =>
        readParquetTexts(path, { column: textColumnOf(options), firstRow, footer, signal }),
      options,
    );
    return nameInErrors(texts, path, name);
  };
  return { ...input, lines, fields: null, selection, textsFrom };
}

interface ReadTexts extends Pick<OpenedInput, 'name' | 'selection'> {
  readonly read: (signal: AbortSignal | undefined) => Source;
}

/** The rows; where each text has a row of its own, those. The stop is around both: else what it cuts off would seem to be missing. */
function textsOf({ read, name, selection }: ReadTexts, options: CorpusOptions): Source {
  if (selection === null) return untilStop(read, options);
  const spread = spreadTexts({ ...textOptionsOf(options), name });
  return untilStop((signal) => spread(limited(read(signal), options)), options);
}

/** The source, once the columns are known that its lines become: what they cannot become shows before work. */
async function* after(fields: LineFields | null, source: Source): Source {
  await fields?.();
  yield* source;
}

/** Ends a source within a record batch, too, where the run is stopped: nobody waits for it any more. */
async function* untilStop(
  read: (signal: AbortSignal | undefined) => Source,
  { signal, stop }: CorpusOptions,
): Source {
  const ends = [signal, stop].filter((each) => each !== undefined);
  try {
    yield* read(ends.length === 0 ? undefined : AbortSignal.any(ends));
  } catch (error) {
    if (stop?.aborted !== true) throw error;
  }
}

/** The names of the columns of a Parquet file. */
function columnsIn(footer: FileMetadata): readonly string[] {
  return [...new Set(leavesOf(footer).map(({ path: [name = ''] }) => name))];
}

function limited(source: Source, { limit }: CorpusOptions): Source {
  return limit === undefined ? source : takeRows(limit)(source);
}

/** How JSON Lines are read. */
export function jsonlOptions(options: CorpusOptions): ReadJsonlOptions {
  const { keyColumn, onBadRow, signal, ...limits } = options;
  const columns = keyColumn === undefined ? [] : [keyColumn];
  return {
    textColumn: textSelection(options) === null ? textColumnOf(options) : null,
    columns,
    onBadLine: onBadRow === 'fail' ? ('fail' as const) : ('pass' as const),
    signal,
    ...lineLimits(outputFormat('jsonl', limits.format), limits.maxTextBytes),
  };
}
