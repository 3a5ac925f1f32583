import { readParquet } from '../../operators/formats/read-parquet.ts';
import { scoreTokens } from '../../operators/score-tokens.ts';
import { tokenize } from '../../operators/tokenize.ts';
import { addedColumn } from '../../src/arrow/columns.ts';
import { listReader } from '../../src/arrow/lists.ts';
import { columnNames, tokenLogprobsType } from '../../src/columns.ts';
import { batchTokens } from '../../src/inference/scored-documents.ts';
import type { Prior } from '../../src/model/load-prior.ts';
import { compose, runPipeline } from '../../src/operator.ts';
import type { Documents } from './peers/take-turns.ts';

/** What is scored, and how. */
export interface LogprobsOptions {
  /** A Parquet file of texts. */
  readonly input: string;
  /** The token ids that these texts must have. */
  readonly documents: Documents;
  /** Padded tokens of a micro-batch. @defaultValue 1024 */
  readonly maxBatchTokens?: number | undefined;
}

/**
 * The logprobs of `--scores all`, from each document's second token on, one document after the other.
 *
 * @throws Error where a text has other tokens than expected.
 */
export async function allLogprobs(
  prior: Prior,
  { input, documents, maxBatchTokens }: LogprobsOptions,
): Promise<Float32Array> {
  const found: number[] = [];
  await runPipeline({
    source: readParquet(input),
    operator: compose(tokenize(prior), scoreTokens(prior, { scores: 'all', maxBatchTokens })),
    sink: async (batches) => {
      let document = 0;
      for await (const batch of batches) {
        const { data } = addedColumn(batch, columnNames.tokenLogprobs, tokenLogprobsType);
        const lists = listReader<Float32Array>(data);
        batchTokens(batch).documents.forEach((ids, row) => {
          const expected = documents[document++] ?? [];
          if (ids.join() !== expected.join()) throw new Error(`${input} has other tokens`);
          found.push(...lists.items(row).subarray(1));
        });
      }
    },
  });
  return Float32Array.from(found);
}
