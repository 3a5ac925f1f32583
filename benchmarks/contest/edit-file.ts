import { applyEdits } from '../../operators/apply-edits.ts';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { prefetch } from '../../operators/prefetch.ts';
import { rebatch } from '../../operators/rebatch.ts';
import { resampleTokens } from '../../operators/resample-tokens.ts';
import { scoreTokens } from '../../operators/score-tokens.ts';
import { tokenize } from '../../operators/tokenize.ts';
import type { ScoresWanted } from '../../src/inference/micro-batch.ts';
import type { Prior } from '../../src/model/load-prior.ts';
import { compose, runPipeline } from '../../src/operator.ts';

/** Where the pipeline reads and writes, and what it computes. */
export interface EditFileOptions {
  readonly input: string;
  readonly output: string;
  readonly scores: ScoresWanted;
  /** @defaultValue 0.99 */
  readonly threshold?: number | undefined;
}

/** The whole pipeline over one Parquet file: read, tokenise, score, draw, splice, write. */
export async function editFile(
  prior: Prior,
  { input, output, scores, threshold }: EditFileOptions,
): Promise<void> {
  await runPipeline({
    source: readParquet(input),
    operator: compose(
      rebatch({ rows: 512, bytes: 2 ** 18 }),
      tokenize(prior),
      prefetch(1),
      scoreTokens(prior, { scores, threshold }),
      prefetch(1),
      resampleTokens(prior, { seed: 7n, threshold }),
      applyEdits(prior),
    ),
    sink: writeParquet(output, { overwrite: true }),
  });
}
