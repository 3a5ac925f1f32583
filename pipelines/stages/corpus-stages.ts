import type { LimitFunction } from 'p-limit';
import { collectExcerpts } from '../../operators/collect-excerpts.ts';
import { refuseBadRows } from '../../operators/dead-letters.ts';
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
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import type { CorpusOptions, EditCorpusOptions } from './corpus-options.ts';

/** The stages of `editCorpus` up to its record: tokens scored, nearly certain ones redrawn. `applyRecord` splices the text. */
function editStages(options: EditCorpusOptions): StagesOf {
  const resampling = resolveResampling(options);
  const { textColumn = 'text', keyColumn, seed, excerpts = 0 } = options;
  // A deletion looks at every logprob.
  const scores = resampling.dropBelow === null ? (options.scores ?? 'eligible') : 'all';
  return (context) => {
    const { prior, totals, file, firstRow } = context;
    const resample: Stage = {
      name: 'resample',
      operator: compose(
        resampleTokens(prior, { ...resampling, textColumn, keyColumn, seed }),
        meter(totals, { textColumn, threshold: resampling.threshold }),
        collectExcerpts(prior, context.excerpts, { file, limit: excerpts, textColumn, firstRow }),
        recordEdits(prior, { textColumn }),
      ),
    };
    const [tokenize, score] = scoringStages({ ...options, ...resampling, scores }, context);
    const editable = tap((batch) => requireEditable(batch, textColumn));
    return [{ ...tokenize, operator: compose(editable, tokenize.operator) }, score, resample];
  };
}

/** The stages of `scoreCorpus`: those of `editCorpus` that end with scoring. */
function scoreStages(options: CorpusOptions): StagesOf {
  const { textColumn } = options;
  return (context) => {
    const [tokenize, score] = scoringStages(
      { ...options, threshold: null, scores: 'all' },
      context,
    );
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
  options: Omit<CorpusOptions & ScoreTokensOptions, keyof Batching>,
  { prior, firstRow, stop, onBegin, ...callbacks }: StageContext,
): readonly [Stage, Stage] {
  const { textColumn = 'text', maxTextBytes, windowTokens, minContextTokens, bos } = options;
  const { threshold, inclusive, topK, scores } = options;
  const { onMicroBatch, onHalved, batching, budget, mutex } = callbacks;
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

/** The stages of a manifest's command. */
export function stagesOf(command: Manifest['command'], options: EditCorpusOptions): StagesOf {
  return command === 'edit' ? editStages(options) : scoreStages(options);
}

/** A named part of the pipeline; record batches are read ahead behind each stage. */
export interface Stage {
  readonly name: string;
  readonly operator: Operator;
}

/** What the stages need to know of the output file they work on. */
export interface StageContext {
  readonly prior: Prior;
  /** What messages and reports call the input. */
  readonly file: string;
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
  readonly batching: Batching;
  /** What the device has refused so far: output files of a run learn from one another. */
  readonly budget: MicroBatchBudget;
  /** Turns at the engines: the next output file's batch is begun when they have all of the last one's, so that a kill loses little. */
  readonly mutex: LimitFunction;
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
