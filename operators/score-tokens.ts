import type { RecordBatch } from 'apache-arrow';
import { requireAbsent, withColumns } from '../src/arrow/columns.ts';
import { columnNames } from '../src/columns.ts';
import { microBatchesPerEngine } from '../src/inference/engine-pool.ts';
import type {
  MicroBatch,
  MicroBatchReport,
  MicroBatchScores,
  ScoresWanted,
} from '../src/inference/micro-batch.ts';
import { type MicroBatchBudget, microBatchBudget } from '../src/inference/micro-batch.ts';
import {
  type DocumentWindow,
  packedTokens,
  packWindows,
  planWindows,
} from '../src/inference/pack-windows.ts';
import {
  type PriorLimits,
  type Reading,
  type ReadingOptions,
  resolveReading,
} from '../src/inference/resolve-scoring.ts';
import type { HalvedMicroBatch, ScoredPack } from '../src/inference/score-packs.ts';
import { scorePacks } from '../src/inference/score-packs.ts';
import {
  type BatchTokens,
  batchTokens,
  failedColumn,
  failedDocuments,
  scoredDocuments,
  tokenIdsColumn,
  withoutDocuments,
} from '../src/inference/scored-documents.ts';
import { addMicroBatch, emptyTotals, withCounts } from '../src/metrics/totals.ts';
import type { Operator } from '../src/operator.ts';
import { type OptionNames, requireNames } from '../src/options.ts';
import { scoreRecord } from '../src/record/make-record.ts';
import { leastLogprob, resolveResampling } from '../src/resampling/resampling-options.ts';
import {
  type ScoringRule,
  scoresMetadata,
  scoringMetadata,
} from '../src/resampling/scoring-rule.ts';

export type { HalvedMicroBatch, MicroBatchBudget, MicroBatchReport, ScoresWanted };

/** What `scoreTokens` needs of a prior. */
export interface Scoring extends PriorLimits {
  /** How many forward passes it runs at once. @defaultValue 1 */
  readonly engines?: number | undefined;
  /** One forward pass. */
  score(batch: MicroBatch): Promise<MicroBatchScores>;
}

/** Settings of {@link scoreTokens}. */
export interface ScoreTokensOptions extends ReadingOptions {
  /** Tokens at or above this probability get candidates; null for none. @defaultValue 0.99 */
  readonly threshold?: number | null | undefined;
  /** False for tokens strictly above the threshold only. @defaultValue true */
  readonly inclusive?: boolean | undefined;
  /** Candidates a token, the original included. @defaultValue 8 */
  readonly topK?: number | undefined;
  /**
   * `eligible` where only the logprobs and candidates of tokens at or above the threshold matter: a logprob more than 0.05 below the
   * log of the threshold is null then, which saves most of the work on the vocabulary, and changes no decision. Without a
   * threshold there are all.
   * @defaultValue 'all'
   */
  readonly scores?: ScoresWanted | undefined;
  /** Called after each micro-batch. */
  readonly onMicroBatch?: ((report: MicroBatchReport) => void) | undefined;
  /** Called when the device has refused a micro-batch, before its halves are tried. */
  readonly onHalved?: ((report: HalvedMicroBatch) => void) | undefined;
  /** Called, for each record batch, when its last micro-batch is handed to the prior: there is room for another's. */
  readonly onHandedOut?: (() => void) | undefined;
  /** Shared by those who use this prior at once, so that one learns from another. @defaultValue a new one */
  readonly budget?: MicroBatchBudget | undefined;
  /** Let what each record batch cost go with it, for `meter` to add to (`withCounts`). @defaultValue false */
  readonly noteCosts?: boolean | undefined;
}

const scoreOptionNames: OptionNames<ScoreTokensOptions> = {
  threshold: true,
  inclusive: true,
  topK: true,
  scores: true,
  windowTokens: true,
  minContextTokens: true,
  bos: true,
  maxBatchTokens: true,
  runTokens: true,
  onMicroBatch: true,
  onHalved: true,
  onHandedOut: true,
  budget: true,
  noteCosts: true,
};

/**
 * Adds `token_logprobs` (List<Float32>, natural log, null where no prediction exists) and, unless the threshold is null,
 * `candidates`: for each token at or above it the prior's top-k. Every token is scored on its original prefix, in
 * windows (`planWindows`); windows of a record batch are sorted by length and run in micro-batches, two for each engine at once.
 *
 * A micro-batch that the prior refuses is halved, down to one window (`scorePacked`). A document with a window that fails
 * alone passes unedited as `inference_failed`, its `token_ids` null; the others are as they would be without it.
 *
 * @throws ToeditError BAD_OPTION at once; from the stream COLUMN_MISSING or COLUMN_EXISTS, ENGINE_DIED, and
 *   INFERENCE_FAILED where the prior takes nothing any more, or where there is no `pass_reason` to note a failure in.
 */
export function scoreTokens(prior: Scoring, options: ScoreTokensOptions = {}): Operator {
  requireNames('scoreTokens', options, scoreOptionNames);
  const reading = resolveReading(prior, options);
  const { threshold, inclusive, topK } = options;
  const rule: ScoringRule = resolveResampling({ threshold, inclusive, topK });
  const { budget = microBatchBudget(), onMicroBatch = ignore, onHalved = ignore } = options;
  const { onHandedOut = ignore } = options;
  const concurrency = microBatchesPerEngine * (prior.engines ?? 1);
  const scores = rule.threshold === null ? 'all' : (options.scores ?? 'all');
  const device = {
    asked: { ...reading, ...asked(rule), scores },
    budget,
    concurrency,
    onHandedOut,
  };
  return async function* scoreTokens(source, { signal } = {}) {
    const score = (batch: MicroBatch) => {
      signal?.throwIfAborted();
      return prior.score(batch);
    };
    for await (const batch of source) {
      requireAbsent(batch, [columnNames.tokenLogprobs, columnNames.candidates]);
      const costs = emptyTotals();
      const halved = (report: HalvedMicroBatch): void => {
        costs.halvedMicroBatches++;
        onHalved(report);
      };
      const tokens = batchTokens(batch);
      const packs = packWindows(windowsOf(tokens, reading), reading);
      const scored = await scorePacks(packs, {
        ...{ ...device, score, onHalved: halved },
        onScored: (parts) => {
          signal?.throwIfAborted();
          for (const part of parts) {
            if (part.scores === null) continue;
            const report = reportOf(part, reading);
            addMicroBatch(costs, report);
            onMicroBatch(report);
          }
        },
      });
      const result = withScores(batch, { tokens, scored, rule, scores });
      yield options.noteCosts === true ? withCounts(result, costs) : result;
    }
  };
}

function ignore(): void {
  // No callback was given.
}

/** What the head is asked for: without a threshold no token is at or above it. */
function asked({
  threshold,
  inclusive,
  topK,
}: ScoringRule): Pick<MicroBatch, 'logThreshold' | 'topK'> {
  return { logThreshold: leastLogprob(threshold, inclusive), topK };
}

interface BatchScores {
  readonly tokens: BatchTokens;
  readonly scored: readonly ScoredPack[];
  readonly rule: ScoringRule;
  readonly scores: ScoresWanted;
}

function withScores(batch: RecordBatch, parts: BatchScores): RecordBatch {
  const { tokens, scored, rule, scores: wanted } = parts;
  const failed = failedDocuments(scored);
  const kept = failed.size === 0 ? tokens : withoutDocuments(tokens, failed);
  const documents = scoredDocuments(kept, rule.topK);
  for (const { pack, scores } of scored) if (scores !== null) documents.add(pack, scores);
  const columns = failed.size === 0 ? [] : [tokenIdsColumn(kept), failedColumn(batch, scored)];
  columns.push(documents.logprobsColumn(scoresMetadata(wanted)));
  if (rule.threshold !== null) columns.push(documents.candidatesColumn(scoringMetadata(rule)));
  const result = withColumns(batch, columns);
  const { omittedLogprobs } = documents;
  if (omittedLogprobs === 0) return result;
  return withCounts(result, { ...emptyTotals(), omittedLogprobs });
}

function windowsOf({ documents }: BatchTokens, reading: Reading): DocumentWindow[] {
  const options = { ...reading, bos: reading.bosTokenId !== null };
  return documents.flatMap((tokenIds, document) =>
    planWindows(tokenIds.length, options).map((window) => ({ ...window, tokenIds, document })),
  );
}

type RunPack = Extract<ScoredPack, { readonly scores: MicroBatchScores }>;

function reportOf(
  { pack, scores: { busyMs } }: RunPack,
  { bosTokenId }: Reading,
): MicroBatchReport {
  const { windows } = pack;
  const bos = bosTokenId === null ? 0 : windows.length;
  const tokens = windows.reduce((sum, { start, end }) => sum + end - start, bos);
  const scoredTokens = windows.reduce((sum, { scoredFrom, end }) => sum + end - scoredFrom, 0);
  return { tokens, scoredTokens, paddedTokens: packedTokens(pack) - tokens, busyMs };
}

/** Settings of {@link recordScores}. */
export interface RecordScoresOptions {
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
}

/**
 * Turns scored batches into their record: the scores, and what identifies the text that they are of. Stands behind `scoreTokens`.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function recordScores(options: RecordScoresOptions = {}): Operator {
  const { textColumn = 'text' } = options;
  requireNames('recordScores', options, { textColumn: true });
  return async function* recordScores(source) {
    for await (const batch of source) yield scoreRecord(batch, textColumn);
  };
}
