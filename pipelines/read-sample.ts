import { textColumn } from '../src/arrow/text-column.ts';
import type { SamplePlace } from '../src/comparison/prior-comparison.ts';
import { ToeditError } from '../src/errors.ts';
import { listInputs } from '../src/files/list-inputs.ts';
import { requireInteger } from '../src/options.ts';
import { isValidUtf8 } from '../src/text/utf8-automaton.ts';
import { type OpenedInput, openInput } from './executor/open-input.ts';

/** A document of a sample. */
export interface SampleDocument extends SamplePlace {
  /** The whole text, or the first 64 KiB of a longer one. */
  readonly text: string;
}

/** Settings of {@link readSample}. */
export interface ReadSampleOptions {
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** Documents to read at most. @defaultValue 1000 */
  readonly maxRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The first documents of files that toedit reads: Parquet, Arrow, JSON lines, ZIP archives of these. Rows whose text is
 * null, empty or not UTF-8 are left out.
 *
 * @param inputs - files, directories or globs
 * @throws ToeditError `BAD_OPTION`, `INPUT_NOT_FOUND` where there is no document, `COLUMN_MISSING`, `COLUMN_TYPE`, and what
 * reading a file throws.
 */
export async function readSample(
  inputs: readonly string[],
  options: ReadSampleOptions = {},
): Promise<readonly SampleDocument[]> {
  const { maxRows = 1000 } = options;
  requireInteger('maxRows', maxRows, [1]);
  const documents: SampleDocument[] = [];
  for await (const document of documentsOf(inputs, options)) {
    options.signal?.throwIfAborted();
    documents.push(document);
    if (documents.length === maxRows) break;
  }
  if (documents.length > 0) return documents;
  throw new ToeditError(
    'INPUT_NOT_FOUND',
    `${inputs.join(', ')} holds no text in column ${JSON.stringify(options.textColumn ?? 'text')}: give a sample with documents`,
  );
}

async function* documentsOf(
  inputs: readonly string[],
  { textColumn: name = 'text', signal }: ReadSampleOptions,
): AsyncGenerator<SampleDocument> {
  // Nothing is written: no output has a place.
  const reading = { inputs, output: '', textColumn: name, signal };
  for (const input of (await listInputs(inputs)).inputs) {
    for await (const opened of openInput(input, reading)) {
      if (opened.status === 'failed') throw opened.error;
      if (opened.status === 'data') yield* rowsOf(opened, name);
    }
  }
}

async function* rowsOf(
  { name, source }: OpenedInput,
  column: string,
): AsyncGenerator<SampleDocument> {
  let firstRow = 0;
  for await (const batch of source) {
    const texts = textColumn(batch, column);
    for (let row = 0; row < batch.numRows; row++) {
      const text = texts.bytes(row);
      if (text.length === 0 || !isValidUtf8(text)) continue;
      yield { file: name, row: firstRow + row, text: beginningOf(text) };
    }
    firstRow += batch.numRows;
  }
}

/** Enough for the longest window of tokens that are long themselves. */
const mostTextBytes = 64 * 2 ** 10;

/** Ends before a character that would be cut: a decoder keeps its bytes for what follows. */
function beginningOf(text: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(text.subarray(0, mostTextBytes), { stream: true });
}
