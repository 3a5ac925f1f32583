import { dropColumns } from '../operators/drop-columns.ts';
import { meter } from '../operators/meter.ts';
import { rebatch } from '../operators/rebatch.ts';
import { scoreTokens } from '../operators/score-tokens.ts';
import { tokenize } from '../operators/tokenize.ts';
import { columnNames } from '../src/columns.ts';
import { compose } from '../src/compose.ts';
import { scoreStage } from '../src/report/run-recorder.ts';
import type { RunSummary } from '../src/report/run-summary.ts';
import { batchLimits } from './batch-limits.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { runCorpus } from './run-corpus.ts';

/**
 * Scores a corpus: the edit pipeline cut after scoring. Each file keeps its columns and gains `token_ids` (List<Int32>)
 * and `token_logprobs` (List<Float32>, natural log, null where no prediction exists).
 *
 * @throws ToeditError where the request is at fault (`isUsageError`); the signal's reason where it is aborted.
 */
export function scoreCorpus(options: CorpusOptions): Promise<RunSummary> {
  const { textColumn = 'text' } = options;
  return runCorpus(
    {
      name: 'score',
      options: { textColumn },
      stages: (prior) => (_file, totals, onMicroBatch) => [
        {
          name: 'tokenize',
          operator: compose(rebatch(batchLimits(textColumn)), tokenize(prior, { textColumn })),
        },
        {
          name: scoreStage,
          operator: compose(
            scoreTokens(prior, {
              ...options,
              threshold: null,
              onMicroBatch,
            }),
            meter(totals, { textColumn }),
            dropColumns([columnNames.passReason]),
          ),
        },
      ],
    },
    options,
  );
}
