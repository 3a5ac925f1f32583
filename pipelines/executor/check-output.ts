import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { RecordBatch, Schema } from 'apache-arrow';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { schemaDifference } from '../../src/arrow/schemas.ts';
import { decompress } from '../../src/compression/decompress.ts';
import { messageOf, ToeditError } from '../../src/errors.ts';
import { paced } from '../../src/event-loop.ts';
import { detectFormat, type FileFormat } from '../../src/files/detect-format.ts';
import { readBytes, sha256OfFile } from '../../src/files/read-bytes.ts';
import { scanIfObject, scanLine } from '../../src/json/lines-to-batch.ts';
import { splitLines } from '../../src/json/split-lines.ts';
import type { Source } from '../../src/operator.ts';
import { withoutViews } from '../../src/parquet/open-parquet.ts';
import { readParquetTexts } from '../../src/parquet/read-parquet-texts.ts';
import { convertible } from './convertible.ts';

/** What a file must hold. */
export interface ExpectedOutput {
  readonly rows: number;
  /** Of the record batches that were written; undefined where it is not known. JSON Lines have none to compare. */
  readonly schema?: Schema | undefined;
  /** Of a Parquet file whose other columns were copied as bytes: this one alone is decoded. @defaultValue all are */
  readonly textColumn?: string | undefined;
  /** Lines that were no JSON object when they were read, at most. @defaultValue 0 */
  readonly badLines?: number | undefined;
  /** True of JSON Lines. @defaultValue as its content says */
  readonly isJsonl?: boolean | undefined;
  /** Of longer lines no more than their braces is looked at. @defaultValue 500 MiB */
  readonly maxLineBytes?: number | undefined;
  /** As `CorpusOptions` has it: bounds what is decoded at once. */
  readonly maxTextBytes?: number | undefined;
  /** What messages call the file. @defaultValue its path */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What {@link checkOutput} found. */
export interface CheckedOutput {
  readonly rows: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/**
 * Opens a finished file anew, by its own content, and decodes all of it: each record batch, or each line of JSON. Rows and
 * schema must be those that were written. A file of no bytes is right where no row was: JSON Lines of none.
 *
 * @throws ToeditError `WRITE_FAILED`, saying what differs; the signal's reason.
 */
export async function checkOutput(path: string, expected: ExpectedOutput): Promise<CheckedOutput> {
  const { name = path, signal } = expected;
  try {
    const found = await readBack(path, expected);
    const schema =
      expected.schema && found.isParquet ? withoutViews(expected.schema) : expected.schema;
    if (found.rows !== expected.rows) {
      throw new Error(`it holds ${found.rows} of ${expected.rows} rows`);
    }
    const difference = schema && found.schema && schemaDifference(schema, found.schema);
    if (difference !== undefined) throw new Error(difference);
    return { rows: found.rows, sha256: found.sha256 ?? (await sha256OfFile(path)) };
  } catch (cause) {
    signal?.throwIfAborted();
    throw notAsWritten(name, cause);
  }
}

interface Found {
  readonly rows: number;
  readonly schema: Schema | undefined;
  /** Then views have become plain columns. */
  readonly isParquet: boolean;
  /** Where all bytes were read in order. */
  readonly sha256?: string;
}

async function readBack(path: string, expected: ExpectedOutput): Promise<Found> {
  const { rows } = expected;
  if (rows === 0 && (await stat(path)).size === 0) {
    return { rows: 0, schema: undefined, isParquet: false };
  }
  if (expected.isJsonl === true) return await readLines(path, expected);
  const { kind } = await detectFormat(path);
  switch (kind) {
    case 'jsonl':
      return await readLines(path, expected);
    case 'parquet':
    case 'arrow-file':
    case 'arrow-stream':
      return await readBatches(path, kind, expected);
    case 'zip':
      throw new Error('it is a ZIP archive');
  }
}

async function readLines(
  path: string,
  { signal, maxLineBytes, badLines = 0 }: ExpectedOutput,
): Promise<Found> {
  const hash = createHash('sha256');
  let rows = 0;
  let bad = 0;
  const bytes = paced(decompress(hashed(path, hash), path), signal);
  for await (const lines of splitLines(bytes, path, { maxLineBytes, longLines: 'refer' })) {
    for (const line of lines) {
      if (line.isBlank) continue;
      if (!line.isLong && bad < badLines) bad += scanIfObject(line) === undefined ? 1 : 0;
      else if (!line.isLong) scanLine(line, path);
      rows++;
    }
  }
  return { rows, schema: undefined, isParquet: false, sha256: hash.digest('hex') };
}

async function* hashed(path: string, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of readBytes(path)) {
    hash.update(chunk);
    yield chunk;
  }
}

async function readBatches(
  path: string,
  kind: Exclude<FileFormat['kind'], 'jsonl' | 'zip'>,
  { signal, textColumn: column, maxTextBytes }: ExpectedOutput,
): Promise<Found> {
  const batchesOf = (): Source => {
    if (kind !== 'parquet') return readArrow(path, { signal });
    if (column !== undefined) return readParquetTexts(path, { column, signal });
    return convertible(path, { maxTextBytes, signal }, true);
  };
  let rows = 0;
  let first: RecordBatch | undefined;
  for await (const batch of batchesOf()) {
    first ??= batch;
    rows += batch.numRows;
  }
  return { rows, schema: first?.schema, isParquet: kind === 'parquet' };
}

function notAsWritten(name: string, cause: unknown): ToeditError {
  const reason = messageOf(cause);
  return new ToeditError(
    'WRITE_FAILED',
    `${name} is not as it was written: ${reason}; check the disk there, then run the same command again`,
    { place: { file: name }, cause },
  );
}
