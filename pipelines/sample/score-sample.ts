import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type RecordBatch, Table, Utf8, Vector, vectorFromArray } from 'apache-arrow';
import { scoreTokens } from '../../operators/score-tokens.ts';
import { type Tokenizing, tokenize } from '../../operators/tokenize.ts';
import { addedColumn } from '../../src/arrow/columns.ts';
import { listReader } from '../../src/arrow/lists.ts';
import { textColumn } from '../../src/arrow/text-column.ts';
import { columnNames, tokenLogprobsType } from '../../src/columns.ts';
import type { SamplePlace } from '../../src/comparison/prior-comparison.ts';
import { ToeditError } from '../../src/errors.ts';
import { listInputs } from '../../src/files/list-inputs.ts';
import type { MicroBatchReport } from '../../src/inference/micro-batch.ts';
import { batchTokens, tokenIdsColumn, tokensOf } from '../../src/inference/scored-documents.ts';
import type { Progress } from '../../src/metrics/progress.ts';
import type { Prior } from '../../src/model/load-prior.ts';
import { requireInteger, requireNames } from '../../src/options.ts';
import { isValidUtf8 } from '../../src/text/utf8.ts';
import { openInput } from '../executor/open-input.ts';
import type { OpenedInput } from '../executor/open-texts.ts';
import { batchingOf } from '../stages/open-prior-of.ts';

/** Settings of {@link scoreSample}. */
export interface ScoreSampleOptions {
  /** Tokens the prior reads at once. @defaultValue the smaller of 2048 and the model's maximum */
  readonly windowTokens?: number | undefined;
  /** Of what `onProgress` is called with. @defaultValue 0 */
  readonly fileIndex?: number | undefined;
  /** Of what `onProgress` is called with. @defaultValue 1 */
  readonly fileCount?: number | undefined;
  /** Called after each micro-batch; its file is the prior's graph. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a prior says of every token of a sample, by the whole vocabulary, as `toedit score` does.
 *
 * @returns for each document the natural logs of its tokens' probabilities, `[tokens]`; NaN where no prediction exists: at the first
 * token, unless BOS stands before it.
 * @throws ToeditError `BAD_OPTION`; `INFERENCE_FAILED` where the prior fails on a document; `ENGINE_DIED`; the signal's reason.
 */
export async function scoreSample(
  prior: Prior,
  sample: readonly SampleTokens[],
  options: ScoreSampleOptions = {},
): Promise<readonly Float32Array[]> {
  const { windowTokens, fileIndex = 0, fileCount = 1, onProgress, signal } = options;
  const place = { file: join(prior.directory, prior.modelFile), fileIndex, fileCount };
  const { maxBatchTokens, runTokens } = await batchingOf(prior, { signal });
  const score = scoreTokens(prior, {
    ...{ maxBatchTokens, runTokens, windowTokens, threshold: null },
    onMicroBatch: onProgress && sampleProgress(sample, place, onProgress),
  });
  const logprobs: Float32Array[] = [];
  for await (const batch of score(Readable.from(tokenBatches(sample)), { signal })) {
    const { data } = addedColumn(batch, columnNames.tokenLogprobs, tokenLogprobsType);
    const lists = listReader<Float32Array>(data);
    for (let row = 0; row < batch.numRows; row++) logprobs.push(lists.items(row));
  }
  return logprobs;
}

/** Enough tokens to find windows of like length for a micro-batch. */
const batchSize = 16_384;

function* tokenBatches(sample: readonly SampleTokens[]): Generator<RecordBatch> {
  let documents: Int32Array[] = [];
  let tokens = 0;
  for (const { tokenIds } of sample) {
    documents.push(tokenIds);
    tokens += tokenIds.length;
    if (tokens < batchSize) continue;
    yield* batchesOf(documents);
    [documents, tokens] = [[], 0];
  }
  if (tokens > 0) yield* batchesOf(documents);
}

function batchesOf(documents: readonly Int32Array[]): readonly RecordBatch[] {
  const { field, data } = tokenIdsColumn(tokensOf(documents));
  return new Table({ [field.name]: new Vector([data]) }).batches;
}

/** The tokens of a sample's document. */
export interface SampleTokens extends SamplePlace {
  /** `[tokens]`, without BOS. */
  readonly tokenIds: Int32Array;
}

/** Bounds of {@link tokenizeSample}. */
export interface SampleBounds {
  /** Tokens of all documents together: the last one is cut there. @defaultValue no bound */
  readonly maxTokens?: number | undefined;
  /** Tokens of a document: a longer one is cut there. @defaultValue no bound */
  readonly maxDocumentTokens?: number | undefined;
}

/**
 * The tokens of a sample's documents, in order. Documents that an edit would pass over, since the tokenizer does not give them
 * back, are left out.
 *
 * @throws ToeditError `BAD_OPTION`; as the prior's `encode`.
 */
export async function tokenizeSample(
  prior: Tokenizing,
  documents: readonly SampleDocument[],
  bounds: SampleBounds = {},
): Promise<readonly SampleTokens[]> {
  const { maxTokens = most, maxDocumentTokens = most } = bounds;
  requireInteger('maxTokens', maxTokens, [1, most]);
  const sample: SampleTokens[] = [];
  let next = 0;
  let left = maxTokens;
  for await (const batch of tokenize(prior)(Readable.from(textBatches(documents)))) {
    for (const all of batchTokens(batch).documents) {
      const document = documents[next++];
      const tokenIds = all.subarray(0, Math.min(left, maxDocumentTokens));
      left -= tokenIds.length;
      if (document === undefined || tokenIds.length === 0) continue;
      sample.push({ file: document.file, row: document.row, tokenIds });
    }
    if (left === 0) break;
  }
  return sample;
}

const most = Number.MAX_SAFE_INTEGER;
const batchRows = 64;

function* textBatches(documents: readonly SampleDocument[]): Generator<RecordBatch> {
  for (let from = 0; from < documents.length; from += batchRows) {
    const texts = documents.slice(from, from + batchRows).map(({ text }) => text);
    yield* new Table({ text: vectorFromArray(texts, new Utf8()) }).batches;
  }
}

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
 * The first documents of files that toedit reads: Parquet, Arrow, JSON Lines, ZIP archives of these. Rows whose text is
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
  requireNames('readSample', options, { textColumn: true, maxRows: true, signal: true });
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
  const onBadRow = 'fail' as const;
  const reading = { inputs, output: '', textColumn: name, onBadRow, signal };
  for (const input of (await listInputs(inputs)).inputs) {
    // What cannot be opened by its name is no part of a sample.
    if (input.pathBytes !== undefined) continue;
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

/** Which prior scores, of how many in turn. */
export type ScoringPlace = Pick<Progress, 'file' | 'fileIndex' | 'fileCount'>;

/** Reports how far the scoring of a sample is, micro-batch by micro-batch; rows by the share of the tokens. */
function sampleProgress(
  sample: readonly SampleTokens[],
  place: ScoringPlace,
  onProgress: (progress: Progress) => void,
): (report: MicroBatchReport) => void {
  const started = performance.now();
  const rowsTotal = sample.length;
  const total = sample.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  let tokens = 0;
  return ({ scoredTokens }) => {
    tokens += scoredTokens;
    const secondsElapsed = (performance.now() - started) / 1000;
    const ofPrior = Math.min(1, tokens / total);
    const share = (place.fileIndex + ofPrior) / place.fileCount;
    // The priors differ in speed: what is left is known of the last one alone.
    const isLast = place.fileIndex + 1 === place.fileCount;
    onProgress({
      ...{ ...place, filesDone: place.fileIndex, tokens, secondsElapsed, rowsTotal, share },
      rowsDone: Math.floor(ofPrior * rowsTotal),
      tokensPerSecond: tokens / Math.max(secondsElapsed, 1e-9),
      etaSeconds: isLast && secondsElapsed > 2 ? secondsElapsed * (1 / ofPrior - 1) : null,
    });
  };
}
