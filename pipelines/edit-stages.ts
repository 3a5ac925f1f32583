import { collectExcerpts } from '../operators/collect-excerpts.ts';
import { meter } from '../operators/meter.ts';
import { recordEdits } from '../operators/record-rows.ts';
import { resampleTokens } from '../operators/resample-tokens.ts';
import { compose } from '../src/compose.ts';
import { resolveResampling } from '../src/resampling/resolve-resampling.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { scoringStages } from './scoring-stages.ts';
import type { Stage, UnitStages } from './unit-stages.ts';

/** The walk of `editCorpus` up to its record: tokens scored, nearly certain ones redrawn. `applyRecord` splices the text. */
export function editStages(options: EditCorpusOptions): UnitStages {
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
    return [...scoringStages({ ...options, ...resampling, scores }, context), resample];
  };
}
