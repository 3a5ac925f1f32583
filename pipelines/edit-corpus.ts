import { applyEdits } from '../operators/apply-edits.ts';
import { collectExcerpts } from '../operators/collect-excerpts.ts';
import { meter } from '../operators/meter.ts';
import { rebatch } from '../operators/rebatch.ts';
import { resampleTokens } from '../operators/resample-tokens.ts';
import { scoreTokens } from '../operators/score-tokens.ts';
import { tokenize } from '../operators/tokenize.ts';
import { compose } from '../src/compose.ts';
import { scoreStage } from '../src/report/run-recorder.ts';
import type { RunSummary } from '../src/report/run-summary.ts';
import { resolveResampling } from '../src/resampling/resolve-resampling.ts';
import { batchLimits } from './batch-limits.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { runCorpus } from './run-corpus.ts';

/**
 * Edits a corpus: every file is read, its tokens scored by the prior in one forward pass, nearly certain ones redrawn,
 * and the text spliced; all other columns, and all other bytes, stay. The output directory mirrors the inputs.
 *
 * A file that fails is reported in the summary, and the others are finished.
 *
 * @throws ToeditError where the request is at fault (`isUsageError`); the signal's reason where it is aborted.
 */
export function editCorpus(options: EditCorpusOptions): Promise<RunSummary> {
  const resampling = resolveResampling(options);
  const { textColumn = 'text', keyColumn, seed = 0n, report = false, excerpts = 0 } = options;
  return runCorpus(
    {
      name: 'edit',
      options: { ...resampling, preset: options.preset ?? 'paper', seed, textColumn, keyColumn },
      stages: (prior, recorder) => (file, totals, onMicroBatch) => [
        {
          name: 'tokenize',
          operator: compose(rebatch(batchLimits(textColumn)), tokenize(prior, { textColumn })),
        },
        {
          name: scoreStage,
          operator: scoreTokens(prior, {
            ...options,
            ...resampling,
            onMicroBatch,
          }),
        },
        {
          name: 'resample',
          operator: compose(
            resampleTokens(prior, { ...resampling, textColumn, keyColumn, seed }),
            meter(totals, { textColumn, threshold: resampling.threshold }),
            collectExcerpts(prior, recorder.excerpts, { file, limit: excerpts, textColumn }),
            applyEdits(prior, { textColumn, report }),
          ),
        },
      ],
    },
    options,
  );
}
