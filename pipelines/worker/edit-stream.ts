import { Readable } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { readJsonl } from '../../operators/formats/read-jsonl.ts';
import { jsonLines, spliceBatch } from '../../operators/formats/write-jsonl.ts';
import { rebatch } from '../../operators/rebatch.ts';
import { ipcWriter } from '../../src/arrow/ipc/ipc-writer.ts';
import { peek } from '../../src/compression/byte-stream.ts';
import { ToeditError } from '../../src/errors.ts';
import { detectFormat, type FileFormat } from '../../src/files/detect-format.ts';
import { addTotals, emptyTotals, type RunTotals } from '../../src/metrics/totals.ts';
import { badOption, requireOneOf } from '../../src/options.ts';
import { pathSearch } from '../../src/texts/path-search.ts';
import { textSelection } from '../../src/texts/text-selection.ts';
import { textColumnOf } from '../stages/text-rows.ts';
import { rowLimits } from '../texts/with-record.ts';
import { inOrder } from './in-order.ts';
import { openAnswers, type WorkerOptions } from './open-answers.ts';
import type { WorkerStreams } from './serve-streams.ts';

/** What is done to the stream, with which prior, and as what it is written. */
export interface StreamOptions extends WorkerOptions {
  /** JSON Lines, or an Arrow IPC stream. @defaultValue what the input is */
  readonly format?: 'jsonl' | 'arrow' | undefined;
}

/** What became of a stream. */
export interface StreamReport {
  readonly totals: RunTotals;
  /** From the opening of the prior to the last byte. */
  readonly seconds: number;
}

/** What messages call the input. */
const name = 'standard input';

/** So many bytes tell the format, compressed or not. */
const peekedBytes = 2 ** 20;

/** Record batches under way at once: the next one's texts are tokenized while the prior reads. */
const inFlight = 2;

/**
 * Edits or scores a stream of bytes, JSON Lines (plain, gzip or zstd) or Arrow IPC, as a run edits or scores a file of them: the same
 * bytes come out, JSON Lines decompressed, Arrow as an uncompressed stream. No byte at all is JSON Lines without any. Nothing is kept:
 * what ends early is begun again.
 *
 * @throws ToeditError of the options, the prior, reading and each row; what `write` throws; the signal's reason.
 */
export async function editStream(
  { input, write }: WorkerStreams,
  options: StreamOptions,
): Promise<StreamReport> {
  const { format: asked, signal } = options;
  requireOneOf('format', asked, ['jsonl', 'arrow']);
  const started = performance.now();
  const { head, bytes } = await peek(input, peekedBytes);
  const isLines = head.length === 0 || isJsonl(await detectFormat(Readable.from([head]), name));
  requireWritable(isLines, options);
  const { prior, answer } = await openAnswers(options);
  await using _ = prior;
  const source = isLines
    ? readJsonl(bytes, { ...linesAsked(options), name })
    : readArrow(bytes, { name, signal });
  const writer =
    (asked ?? (isLines ? 'jsonl' : 'arrow')) === 'jsonl' ? linesOf(options) : arrowOf();
  const totals = emptyTotals();
  const selection = textSelection(options);
  const search = selection === null ? undefined : pathSearch(selection, name);
  let firstRow = 0;
  const work = async (batch: RecordBatch) => {
    const row = firstRow;
    firstRow += batch.numRows;
    return await answer(batch, { name, firstRow: row, onPath: search?.found, signal });
  };
  const batches = rebatch(rowLimits(options))(source)[Symbol.asyncIterator]();
  for await (const answered of inOrder(batches, inFlight, work)) {
    signal?.throwIfAborted();
    addTotals(totals, answered.totals);
    await write(writer.write(answered.batch));
    search?.see(answered.batch);
  }
  search?.end();
  await write(writer.close());
  return { totals, seconds: (performance.now() - started) / 1000 };
}

function isJsonl({ kind }: FileFormat): boolean {
  if (kind === 'jsonl') return true;
  if (kind === 'arrow-file' || kind === 'arrow-stream') return false;
  throw new ToeditError(
    'FORMAT_UNKNOWN',
    `${name} is ${kind === 'zip' ? 'a ZIP archive' : 'Parquet'}, which is not read front to back: write it to a file, and give that`,
    { place: { file: name } },
  );
}

/** The types of lines are not known before the last one is read: here they stay whole. */
function requireWritable(isLines: boolean, { format, jsonFields }: StreamOptions): void {
  if (!isLines || format !== 'arrow' || jsonFields === 'line') return;
  throw badOption(
    'format',
    'arrow',
    'the types of JSON Lines are not known before the last one is read: write them to a file first, or ask for whole lines beside the text with --json-fields line',
  );
}

function linesAsked(options: StreamOptions) {
  const { keyColumn, onBadRow, signal } = options;
  return {
    textColumn: textSelection(options) === null ? textColumnOf(options) : null,
    columns: keyColumn === undefined ? [] : [keyColumn],
    onBadLine: onBadRow === 'fail' ? ('fail' as const) : ('pass' as const),
    signal,
  };
}

/** Makes bytes of record batches. */
interface StreamWriter {
  readonly write: (batch: RecordBatch) => Uint8Array;
  readonly close: () => Uint8Array;
}

function linesOf({ textColumn = 'text' }: StreamOptions): StreamWriter {
  const names = [textColumn].flat();
  return {
    write: (batch) => Buffer.concat([...jsonLines(batch, names)].filter(isBytes)),
    close: () => new Uint8Array(0),
  };
}

/** Lines that are too long to be held were refused when they were read. */
function isBytes(piece: unknown): piece is Uint8Array {
  return piece instanceof Uint8Array;
}

function arrowOf(): StreamWriter {
  const writer = ipcWriter('stream');
  return {
    write: (batch) => Buffer.concat(writer.write(spliceBatch(batch))),
    close: () => Buffer.concat(writer.close()),
  };
}
