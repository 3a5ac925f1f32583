import { decompress } from '../../src/compression/decompress.ts';
import { ToeditError } from '../../src/errors.ts';
import { paced } from '../../src/event-loop.ts';
import { readBytes } from '../../src/files/read-bytes.ts';
import { layOutJsonLines } from '../../src/json/json-lines-layout.ts';
import { type JsonLinesFile, linesToBatch, scanIfObject } from '../../src/json/lines-to-batch.ts';
import {
  type Line,
  type LineLimits,
  mostLineBytes,
  splitLines,
} from '../../src/json/split-lines.ts';
import type { Source } from '../../src/operator.ts';
import { type OptionNames, requireInteger, requireNames } from '../../src/options.ts';

/** Options of {@link readJsonl}. */
export interface ReadJsonlOptions extends LineLimits {
  /** The field that holds the text; null: no column of it, since the lines hold the texts. @defaultValue 'text' */
  readonly textColumn?: string | null | undefined;
  /** Further fields of the lines' objects to read as columns, such as a document's key. @defaultValue none */
  readonly columns?: readonly string[] | undefined;
  /** Rows of a record batch at most. @defaultValue 1000 */
  readonly batchRows?: number | undefined;
  /** A record batch ends once its lines have this many bytes. @defaultValue 1 MiB */
  readonly batchBytes?: number | undefined;
  /** What becomes of a line that is no JSON object: an error, or a row without text. @defaultValue 'fail' */
  readonly onBadLine?: 'fail' | 'pass' | undefined;
  /** What messages call the input. @defaultValue the path */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const readJsonlNames: OptionNames<ReadJsonlOptions> = {
  textColumn: true,
  columns: true,
  batchRows: true,
  batchBytes: true,
  maxLineBytes: true,
  longLines: true,
  onBadLine: true,
  name: true,
  signal: true,
};

/**
 * Reads JSON Lines, plain, gzip or zstd by its own first bytes, as record batches: the text and each further field as a
 * nullable Utf8 column, and `line`, Binary, the bytes of the line with its terminator and the blank lines before it.
 * All `line`s joined are the decompressed file, byte for byte; `writeJsonl` puts edited texts back into them.
 *
 * The text is null where the line has no such field or no string in it, where the string escapes half a surrogate pair,
 * and where the line is not UTF-8.
 *
 * With `longLines: 'refer'` a line of more than `maxLineBytes` is not held: all its fields are null, and `line` says where
 * it lies, for a `writeJsonl` that is given the input's bytes once more.
 *
 * @param input - a path, or bytes in order.
 * @throws ToeditError on reading: `FILE_UNREADABLE`; `FILE_CORRUPT` where a line is not a JSON object or compressed data
 * is damaged or ends early; `COLUMN_MISSING` where no row of the first 256 MiB has a field. At once: `BAD_OPTION`.
 */
export function readJsonl(
  input: string | AsyncIterable<Uint8Array>,
  options: ReadJsonlOptions = {},
): Source {
  requireNames('readJsonl', options, readJsonlNames);
  const { textColumn = 'text', columns = [], batchRows = 1000, batchBytes = 2 ** 20 } = options;
  requireInteger('batchRows', batchRows, [1]);
  requireInteger('batchBytes', batchBytes, [1]);
  requireInteger('maxLineBytes', options.maxLineBytes, [1, mostLineBytes]);
  const name = options.name ?? (typeof input === 'string' ? input : 'the JSON Lines stream');
  const bytes = typeof input === 'string' ? readBytes(input) : input;
  const lines = splitLines(paced(decompress(bytes, name), options.signal), name, options);
  const layout = layOutJsonLines(textColumn, columns);
  const file = { name, layout, onBadLine: options.onBadLine };
  return readRecordBatches(batchLines(lines, { batchRows, batchBytes }), file);
}

async function* readRecordBatches(
  batches: AsyncIterable<readonly Line[]>,
  file: JsonLinesFile,
): Source {
  const fields = fieldSearch(file);
  for await (const lines of batches) {
    const batch = linesToBatch(lines, file);
    fields.see(lines);
    yield batch;
  }
  fields.end();
}

interface BatchLimits {
  readonly batchRows: number;
  readonly batchBytes: number;
}

/** Groups lines, at least once. */
async function* batchLines(
  source: AsyncIterable<readonly Line[]>,
  { batchRows, batchBytes }: BatchLimits,
): AsyncGenerator<readonly Line[]> {
  let batch: Line[] = [];
  let size = 0;
  let isEmpty = true;
  for await (const lines of source) {
    for (const line of lines) {
      batch.push(line);
      size += line.bytes.length;
      if (batch.length < batchRows && size < batchBytes) continue;
      yield batch;
      batch = [];
      size = 0;
      isEmpty = false;
    }
  }
  if (isEmpty || batch.length > 0) yield batch;
}

/** How much of a file may pass before its first row with a field. */
const searchedBytes = 256 * 2 ** 20;

const shownFields = 20;

/** A field may be missing in any row, but not in all: then its name is wrong. */
function fieldSearch(file: JsonLinesFile) {
  const missing = new Set(file.layout.fields);
  const present = new Set<string>();
  let rows = 0;
  let bytes = 0;
  const end = (): void => {
    const [field] = missing;
    if (field !== undefined && rows > 0) throw fieldMissing(file.name, field, { rows, present });
  };
  return {
    see(lines: readonly Line[]): void {
      for (const line of missing.size === 0 ? [] : lines) {
        const found = line.isBlank || line.isLong ? undefined : scanIfObject(line);
        if (found !== undefined) rows++;
        for (const name of found?.members.keys() ?? []) {
          missing.delete(name);
          if (present.size <= shownFields) present.add(name);
        }
        bytes += line.bytes.length;
      }
      if (bytes >= searchedBytes) end();
    },
    end,
  };
}

function fieldMissing(
  file: string,
  field: string,
  { rows, present }: { readonly rows: number; readonly present: ReadonlySet<string> },
): ToeditError {
  const names = [...present].slice(0, shownFields).map((name) => JSON.stringify(name));
  const list = present.size > names.length ? `${names.join(', ')}, ...` : names.join(', ');
  return new ToeditError(
    'COLUMN_MISSING',
    `${file}: no field ${JSON.stringify(field)} in the first ${rows} rows: the fields are ${list || 'none'}; name one of them`,
    { place: { file } },
  );
}
