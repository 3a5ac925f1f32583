import { meter } from '../operators/meter.ts';
import { recordScores } from '../operators/record-rows.ts';
import { compose } from '../src/compose.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { scoringStages } from './scoring-stages.ts';
import type { UnitStages } from './unit-stages.ts';

/** The walk of `scoreCorpus`: that of `editCorpus`, cut after scoring. */
export function scoreStages(options: CorpusOptions): UnitStages {
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
