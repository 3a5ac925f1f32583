import type { RecordBatch } from 'apache-arrow';
import { addedColumn } from '../src/arrow/added-column.ts';
import { listReader } from '../src/arrow/list-reader.ts';
import { requireAbsent } from '../src/arrow/require-absent.ts';
import { validity } from '../src/arrow/validity.ts';
import { withColumns } from '../src/arrow/with-columns.ts';
import { columnNames, tokenIdsType } from '../src/columns.ts';
import type { MicroBatch, MicroBatchScores } from '../src/inference/micro-batch.ts';
import {
  type DocumentWindow,
  microBatchOf,
  type PackedWindows,
  packWindows,
} from '../src/inference/pack-windows.ts';
import { planWindows } from '../src/inference/plan-windows.ts';
import {
  type PriorLimits,
  type Reading,
  type ReadingOptions,
  resolveReading,
} from '../src/inference/resolve-scoring.ts';
import { runBounded } from '../src/inference/run-bounded.ts';
import { scoredDocuments } from '../src/inference/scored-documents.ts';
import type { Operator } from '../src/operator.ts';
import { leastLogprob } from '../src/resampling/least-logprob.ts';
import { resolveResampling } from '../src/resampling/resolve-resampling.ts';
import { type ScoringRule, scoringMetadata } from '../src/resampling/scoring-rule.ts';

/** What `scoreTokens` needs of a prior. */
export interface Scoring extends PriorLimits {
  /** One forward pass; answers come in the order of the calls. */
  score(batch: MicroBatch): Promise<MicroBatchScores>;
}

/** What one micro-batch cost. */
export interface MicroBatchReport {
  /** Tokens of documents and BOS. */
  readonly tokens: number;
  /** Tokens that got a logprob: without BOS and context. */
  readonly scoredTokens: number;
  /** Tokens that fill windows up to the micro-batch's width. */
  readonly paddedTokens: number;
  /** Time the device was busy. */
  readonly busyMs: number;
}

/** Settings of {@link scoreTokens}. */
export interface ScoreTokensOptions extends ReadingOptions {
  /** Tokens at or above this probability get candidates; null for none. @defaultValue 0.99 */
  readonly threshold?: number | null | undefined;
  /** False for tokens strictly above the threshold only. @defaultValue true */
  readonly inclusive?: boolean | undefined;
  /** Candidates a token, the original included. @defaultValue 8 */
  readonly topK?: number | undefined;
  /** Called after each micro-batch. */
  readonly onMicroBatch?: ((report: MicroBatchReport) => void) | undefined;
}

/**
 * Adds `token_logprobs` (List<Float32>, natural log, null where no prediction exists) and, unless the threshold is null,
 * `candidates`: for each token at or above it the prior's top-k. Every token is scored on its original prefix, in
 * windows (`planWindows`); windows of a record batch are sorted by length and run in micro-batches.
 *
 * @throws ToeditError BAD_OPTION at once; COLUMN_MISSING, COLUMN_EXISTS or INFERENCE_FAILED from the stream.
 */
export function scoreTokens(prior: Scoring, options: ScoreTokensOptions = {}): Operator {
  const reading = resolveReading(prior, options);
  const { threshold, inclusive, topK } = options;
  const rule: ScoringRule = resolveResampling({ threshold, inclusive, topK });
  return async function* scoreTokens(source, { signal } = {}) {
    for await (const batch of source) {
      requireAbsent(batch, [columnNames.tokenLogprobs, columnNames.candidates]);
      const tokens = tokensOf(batch);
      const scored = scoredDocuments(tokens, rule.topK);
      const packs = packWindows(windowsOf(tokens, reading), reading);
      const run = (pack: PackedWindows) => {
        signal?.throwIfAborted();
        return prior.score(microBatchOf(pack, { ...reading, ...asked(rule) }));
      };
      for await (const [pack, scores] of runBounded(packs, inFlight, run)) {
        signal?.throwIfAborted();
        scored.add(pack, scores);
        options.onMicroBatch?.(reportOf(pack, scores, reading));
      }
      const logprobs = scored.logprobsColumn();
      yield withColumns(
        batch,
        rule.threshold === null
          ? [logprobs]
          : [logprobs, scored.candidatesColumn(scoringMetadata(rule))],
      );
    }
  };
}

/** Micro-batches handed to the device at once: one runs, one waits, so that the device never does. */
const inFlight = 2;

/** What the head is asked for: without a threshold no token is at or above it. */
function asked({
  threshold,
  inclusive,
  topK,
}: ScoringRule): Pick<MicroBatch, 'logThreshold' | 'topK'> {
  return { logThreshold: leastLogprob(threshold, inclusive), topK };
}

interface BatchTokens {
  readonly offsets: Int32Array;
  readonly validity: Uint8Array | undefined;
  readonly documents: readonly Int32Array[];
}

function tokensOf(batch: RecordBatch): BatchTokens {
  const { data } = addedColumn(batch, columnNames.tokenIds, tokenIdsType);
  const lists = listReader<Int32Array>(data);
  const documents = Array.from({ length: batch.numRows }, (_, row) =>
    lists.isValid(row) ? lists.items(row) : new Int32Array(0),
  );
  const offsets = new Int32Array(documents.length + 1);
  documents.forEach(({ length }, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + length;
  });
  return { offsets, validity: validity(data), documents };
}

function windowsOf({ documents }: BatchTokens, reading: Reading): DocumentWindow[] {
  const options = { ...reading, bos: reading.bosTokenId !== null };
  return documents.flatMap((tokenIds, document) =>
    planWindows(tokenIds.length, options).map((window) => ({ ...window, tokenIds, document })),
  );
}

function reportOf(
  { width, windows }: PackedWindows,
  { busyMs }: MicroBatchScores,
  { bosTokenId }: Reading,
): MicroBatchReport {
  const bos = bosTokenId === null ? 0 : windows.length;
  const tokens = windows.reduce((sum, { start, end }) => sum + end - start, bos);
  const scoredTokens = windows.reduce((sum, { scoredFrom, end }) => sum + end - scoredFrom, 0);
  return { tokens, scoredTokens, paddedTokens: width * windows.length - tokens, busyMs };
}
