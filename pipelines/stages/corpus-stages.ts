import type { LimitFunction } from 'p-limit';
import { collectExcerpts } from '../../operators/collect-excerpts.ts';
import { refuseBadRows } from '../../operators/dead-letters.ts';
import { joinScores } from '../../operators/join-scores.ts';
import { meter, tokensOf } from '../../operators/meter.ts';
import { withMutex } from '../../operators/prefetch.ts';
import { type RebatchOptions, rebatch } from '../../operators/rebatch.ts';
import { recordEdits, resampleTokens } from '../../operators/resample-tokens.ts';
import {
  type MicroBatchReport,
  recordScores,
  type ScoreTokensOptions,
  scoreTokens,
} from '../../operators/score-tokens.ts';
import { takeUntil } from '../../operators/take-rows.ts';
import { tokenize } from '../../operators/tokenize.ts';
import { requireEditable } from '../../src/arrow/text-column.ts';
import type { Batching } from '../../src/inference/engine-options.ts';
import type { MicroBatchBudget } from '../../src/inference/micro-batch.ts';
import { scoreStage } from '../../src/metrics/recorder.ts';
import type { Excerpt } from '../../src/metrics/summary.ts';
import type { RunTotals } from '../../src/metrics/totals.ts';
import type { Prior } from '../../src/model/load-prior.ts';
import { compose, type Operator, tap } from '../../src/operator.ts';
import { resolveResampling } from '../../src/resampling/resampling-options.ts';
import type { TokenBytes } from '../../src/text/token-bytes.ts';
import {
  type CorpusOptions,
  type EditCorpusOptions,
  keepsScores,
  type RunCorpusOptions,
  type ScoreCorpusOptions,
} from './corpus-options.ts';
import { readScores, type ScoredRun } from './score-files.ts';
import { type OneText, ofOneText } from './text-rows.ts';

/** The stages of `editCorpus` up to its record: tokens scored, nearly certain ones redrawn. `applyRecord` splices the text. */
function editStages(options: OneText<EditCorpusOptions>, engines: StageEngines): StagesOf {
  const resampling = resolveResampling(options);
  // A deletion looks at every logprob.
  const scores = resampling.dropBelow === null ? (options.scores ?? 'eligible') : 'all';
  const resample = resampleStage(options, engines.prior);
  const scoring = { ...options, ...resampling, scores };
  const { textColumn } = options;
  const editable = tap((batch) => requireEditable(batch, textColumn));
  return (context) => {
    const [tokenize, score] = scoringStages(scoring, engines, context);
    const tokenizeEditable = { ...tokenize, operator: compose(editable, tokenize.operator) };
    return [tokenizeEditable, score, resample(context)];
  };
}

/** The last stage of `editCorpus` and `resampleCorpus`: edits are decided, counted, and become the record. */
function resampleStage(
  options: OneText<EditCorpusOptions>,
  prior: { readonly tokenBytes: TokenBytes },
): (context: StageContext) => Stage {
  const resampling = resolveResampling(options);
  const { textColumn, keyColumn, seed, excerpts: limit = 0 } = options;
  return ({ totals, excerpts, input: { name: file }, firstRow }) => ({
    name: 'resample',
    operator: compose(
      resampleTokens(prior, { ...resampling, textColumn, keyColumn, seed }),
      meter(totals, { textColumn, threshold: resampling.threshold }),
      collectExcerpts(prior, excerpts, { file, limit, textColumn, firstRow }),
      recordEdits(prior, { textColumn }),
    ),
  });
}

/**
 * The stages of `resampleCorpus`: those of `editCorpus`, but that tokens and their scores come from score files.
 *
 * @param scored - where the score files lie, and the id of the run that made them
 */
export function resampleStages(
  whole: EditCorpusOptions,
  {
    scored,
    prior,
  }: { readonly scored: ScoredRun; readonly prior: { readonly tokenBytes: TokenBytes } },
): StagesOf {
  const options = ofOneText(whole);
  const { textColumn, onBadRow } = options;
  const resample = resampleStage(options, prior);
  return (context) => {
    const { input, firstRow, stop, onBegin } = context;
    const scores = readScores(scored, { relativePath: input.relativePath, firstRow });
    const join = {
      name: scoreStage,
      operator: compose(
        rebatch(batchLimits(textColumn)),
        takeUntil(stop),
        tap((batch) => requireEditable(batch, textColumn)),
        joinScores(scores, { file: input.name, firstRow, textColumn }),
        ...(onBadRow === 'fail' ? [refuseBadRows({ firstRow })] : []),
      ),
    };
    const { name, operator } = resample(context);
    const begin = tap((batch) => onBegin(batch.numRows, tokensOf(batch)));
    return [join, { name, operator: compose(begin, operator) }];
  };
}

/** The stages of `scoreCorpus`: those of `editCorpus` that end with scoring. */
function scoreStages(options: OneText<ScoreCorpusOptions>, engines: StageEngines): StagesOf {
  const { textColumn, candidates: topK, candidateThreshold = 0.9 } = options;
  const threshold = keepsScores(options) ? candidateThreshold : null;
  const scoring = { ...options, threshold, topK, scores: 'all' } as const;
  return (context) => {
    const [tokenize, score] = scoringStages(scoring, engines, context);
    return [
      tokenize,
      {
        ...score,
        operator: compose(
          score.operator,
          meter(context.totals, { textColumn }),
          recordScores({ textColumn }),
        ),
      },
    ];
  };
}

/** What `edit` and `score` begin with: tokens, and what the prior thinks of them. */
function scoringStages(
  options: OneText<Omit<CorpusOptions & ScoreTokensOptions, keyof Batching>>,
  { prior, batching, budget, mutex }: StageEngines,
  { firstRow, stop, onBegin, onMicroBatch, onHalved }: StageContext,
): readonly [Stage, Stage] {
  const { textColumn, maxTextBytes, windowTokens, minContextTokens, bos } = options;
  const { threshold, inclusive, topK, scores } = options;
  const refuse = options.onBadRow === 'fail' ? [refuseBadRows({ firstRow })] : [];
  return [
    {
      name: 'tokenize',
      operator: compose(
        rebatch(batchLimits(textColumn)),
        tokenize(prior, { textColumn, maxTextBytes }),
        ...refuse,
      ),
    },
    {
      name: scoreStage,
      operator: compose(
        takeUntil(stop),
        withMutex(mutex, (release) =>
          compose(
            takeUntil(stop),
            tap((batch) => onBegin(batch.numRows, tokensOf(batch))),
            scoreTokens(prior, {
              ...{ threshold, inclusive, topK, scores, windowTokens, minContextTokens, bos },
              ...{ ...batching, onMicroBatch, onHalved, budget },
              onHandedOut: release,
            }),
          ),
        ),
        ...refuse,
      ),
    },
  ];
}

/** The stages of a run that scores. */
export function stagesOf(
  command: 'edit' | 'score',
  whole: RunCorpusOptions,
  engines: StageEngines,
): StagesOf {
  const options = ofOneText(whole);
  return command === 'edit' ? editStages(options, engines) : scoreStages(options, engines);
}

/** An open prior, and what those who use it at once share. */
export interface StageEngines {
  readonly prior: Prior;
  readonly batching: Batching;
  /** What the device has refused so far: output files of a run learn from one another. */
  readonly budget: MicroBatchBudget;
  /** Turns at the engines: the next output file's batch is begun when they have all of the last one's, so that a kill loses little. */
  readonly mutex: LimitFunction;
}

/** A named part of the pipeline; record batches are read ahead behind each stage. */
export interface Stage {
  readonly name: string;
  readonly operator: Operator;
}

/** The input that the stages work on. */
export interface StageInput {
  /** What messages and reports call it. */
  readonly name: string;
  /** Where its output goes, below the output directory. */
  readonly relativePath: string;
}

/** What the stages need to know of the output file they work on. */
export interface StageContext {
  readonly input: StageInput;
  /** Row of the input that the stages see first: the rows before it were done earlier. */
  readonly firstRow: number;
  readonly totals: RunTotals;
  readonly excerpts: Excerpt[];
  /** Ends the stream before the next record batch is scored. */
  readonly stop: AbortSignal | undefined;
  /** Called, before a record batch is scored, with the numbers of its rows and tokens. */
  readonly onBegin: (rows: number, tokens: number) => void;
  readonly onMicroBatch: (report: MicroBatchReport) => void;
  /** Called when the device has refused a micro-batch. */
  readonly onHalved: () => void;
}

/** The stages between reading and writing one output file, in order. */
export type StagesOf = (context: StageContext) => readonly Stage[];

/**
 * The record batches that a corpus is scored in: enough rows to find windows of like length for a micro-batch, few
 * enough bytes that the main thread never stalls over one, nor takes much memory for what lies beside the texts.
 */
export function batchLimits(textColumn: string): RebatchOptions {
  return { rows: 512, bytes: 128 * 2 ** 10, allBytes: 4 * 2 ** 20, column: textColumn };
}
