import { inTurns } from '../operators/in-turns.ts';
import { rebatch } from '../operators/rebatch.ts';
import { refuseBadRows } from '../operators/refuse-bad-rows.ts';
import { type ScoreTokensOptions, scoreTokens } from '../operators/score-tokens.ts';
import { tokenize } from '../operators/tokenize.ts';
import { untilStopped } from '../operators/until-stopped.ts';
import { compose } from '../src/compose.ts';
import type { Batching } from '../src/inference/batching.ts';
import { scoreStage } from '../src/metrics/recorder.ts';
import { batchLimits } from './batch-limits.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { onEachBatch } from './on-each-batch.ts';
import type { Stage, StageContext } from './unit-stages.ts';

/** What `edit` and `score` begin with: tokens, and what the prior thinks of them. */
export function scoringStages(
  options: Omit<CorpusOptions & ScoreTokensOptions, keyof Batching>,
  { prior, firstRow, stop, onBegin, ...callbacks }: StageContext,
): readonly [Stage, Stage] {
  const { textColumn = 'text', maxTextBytes } = options;
  const { onMicroBatch, onHalved, batching, budget, turns } = callbacks;
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
        untilStopped(stop),
        inTurns(turns, (endTurn) =>
          compose(
            untilStopped(stop),
            onEachBatch(({ numRows }) => onBegin(numRows)),
            scoreTokens(prior, {
              ...{ ...options, ...batching, onMicroBatch, onHalved, budget },
              onHandedOut: endTurn,
            }),
          ),
        ),
        ...refuse,
      ),
    },
  ];
}
