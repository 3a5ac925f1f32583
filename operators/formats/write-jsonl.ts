import { Binary, type RecordBatch } from 'apache-arrow';
import { columnOf, withColumns } from '../../src/arrow/columns.ts';
import { joinTexts, textData } from '../../src/arrow/text-column.ts';
import type { Compression } from '../../src/compression/decompress.ts';
import { ToeditError } from '../../src/errors.ts';
import {
  type CommitOptions,
  commitFile,
  commitOptionNames,
  type WriteResult,
} from '../../src/files/commit-file.ts';
import { writeBytes } from '../../src/files/write-bytes.ts';
import { addedColumns, editedLines, jsonRows } from '../../src/json/edited-lines.ts';
import { jsonLinesLayout } from '../../src/json/json-lines-layout.ts';
import {
  type ByteSpan,
  longLineOf,
  type SpanCopier,
  spanCopier,
} from '../../src/json/long-line.ts';
import { type Operator, requireBatch, type Sink } from '../../src/operator.ts';
import { requireNames, requireOneOf } from '../../src/options.ts';

/** Options of {@link writeJsonl}. */
export interface WriteJsonlOptions extends CommitOptions {
  /** zstd: independent frames of 1 MiB, which every decoder joins. @defaultValue 'none' */
  readonly compression?: Compression | undefined;
  /**
   * A binary column of this name, or of one of these, is written as text; lines that were read know their text field themselves.
   * @defaultValue 'text'
   */
  readonly textColumn?: string | readonly string[] | undefined;
  /** Opens the decompressed bytes that `readJsonl` read, of which long lines are copied. */
  readonly lines?: (() => AsyncIterable<Uint8Array>) | undefined;
}

/**
 * Writes JSON Lines. Record batches that `readJsonl` made give their lines again: of each, only the text's JSON string is
 * replaced, and only where the text changed; columns added since become members at the object's end; every other byte is
 * the one that was read. Other record batches give an object of all columns a row, by the mapping in `docs/formats.md`.
 *
 * The same rows give the same bytes, however they are cut into record batches. The file appears at its path whole or not
 * at all.
 *
 * @throws ToeditError `BAD_OPTION` at once; then `OUTPUT_EXISTS`, `WRITE_FAILED`, `COLUMN_EXISTS` where a line has a member
 * of an added column's name, `COLUMN_TYPE` where a type has no JSON form, or long lines cannot be copied. Errors of the source pass.
 */
export function writeJsonl(path: string, options: WriteJsonlOptions = {}): Sink<WriteResult> {
  const own = { compression: true, textColumn: true, lines: true } as const;
  requireNames('writeJsonl', options, { ...commitOptionNames, ...own });
  const { compression = 'none', textColumn = 'text' } = options;
  requireOneOf('compression', compression, ['none', 'gzip', 'zstd']);
  return async function writeJsonl(source, { signal } = {}) {
    let rows = 0;
    async function* bytes(): AsyncGenerator<Uint8Array> {
      await using copier = spanCopier(options.lines ?? notGiven);
      for await (const batch of source) {
        signal?.throwIfAborted();
        requireBatch(batch);
        yield* copied(jsonLines(batch, [textColumn].flat()), copier);
        rows += batch.numRows;
      }
    }
    const size = await commitFile(path, { ...options, signal }, (temporaryPath) =>
      writeBytes(temporaryPath, bytes(), { compression, path, signal }),
    );
    return { path, rows, bytes: size };
  };
}

type Piece = Uint8Array | ByteSpan;

async function* copied(pieces: Iterable<Piece>, copier: SpanCopier): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece;
    else yield* copier.copy(piece);
  }
}

function notGiven(): never {
  throw new ToeditError(
    'COLUMN_TYPE',
    'a line is too long to be in its record batch: give writeJsonl the bytes it lies in (lines), or read without longLines',
  );
}

/**
 * The lines of a record batch, as `writeJsonl` writes them, in pieces: of lines that are too long to be held, where they lie.
 *
 * @throws as `writeJsonl` does.
 */
export function* jsonLines(
  batch: RecordBatch,
  textColumns: readonly string[],
): Generator<Piece, void> {
  const layout = jsonLinesLayout(batch.schema);
  if (layout === undefined) return yield* jsonRows(batch, textColumns);
  yield longLineOf(layout.blank) ?? layout.blank;
  for (const pieces of editedLines(batch, layout, addedColumns(batch, layout))) yield* pieces;
}

/**
 * Puts the texts of record batches that `readJsonl` made into their `line`s, as `writeJsonl` does by itself: for when the
 * lines go to a Parquet or Arrow file. Other record batches pass.
 */
export function spliceLines(): Operator {
  return async function* spliceLines(source) {
    for await (const batch of source) yield spliceBatch(batch);
  };
}

/** A record batch with its texts in its lines; one without lines as it is. */
export function spliceBatch(batch: RecordBatch): RecordBatch {
  const layout = jsonLinesLayout(batch.schema);
  if (layout === undefined) return batch;
  const { field } = columnOf(batch, layout.line);
  const lines = Array.from(editedLines(batch, layout, []), (pieces) =>
    Buffer.concat(pieces.map((piece) => (piece instanceof Uint8Array ? piece : notGiven()))),
  );
  return withColumns(batch, [{ field, data: textData(new Binary(), joinTexts(lines, undefined)) }]);
}
