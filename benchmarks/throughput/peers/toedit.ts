import { join } from 'node:path';
import { readParquet } from '../../../operators/read-parquet.ts';
import { scoreTokens } from '../../../operators/score-tokens.ts';
import { tokenize } from '../../../operators/tokenize.ts';
import { addedColumn } from '../../../src/arrow/added-column.ts';
import { listReader } from '../../../src/arrow/list-reader.ts';
import { columnNames, tokenLogprobsType } from '../../../src/columns.ts';
import { compose } from '../../../src/compose.ts';
import { batchTokens } from '../../../src/inference/batch-tokens.ts';
import { loadPrior, type Prior } from '../../../src/model/load-prior.ts';
import { runPipeline } from '../../../src/run-pipeline.ts';
import { editFile } from '../edit-file.ts';
import { type Documents, takeTurns } from './take-turns.ts';

/** Arguments: documents, logprobs, directory with `input.parquet`, model directory, graph. */
const [, , directory = '', modelDirectory = '', modelFile = ''] = process.argv.slice(2);
const input = join(directory, 'input.parquet');

await takeTurns(async (documents) => {
  const prior = await loadPrior(modelDirectory, { modelFile, threads: 2 });
  const output = join(directory, `${String(process.pid)}.parquet`);
  const tokens = documents.flat().length;
  return {
    logprobs: () => allLogprobs(prior, documents),
    pass: async () => {
      await editFile(prior, { input, output, scores: 'eligible' });
      return tokens;
    },
  };
});

/** The logprobs of `--scores all`, from each document's second token on. */
async function allLogprobs(prior: Prior, documents: Documents): Promise<Float32Array> {
  const found: number[] = [];
  await runPipeline({
    source: readParquet(input),
    operator: compose(tokenize(prior), scoreTokens(prior, { scores: 'all' })),
    sink: async (batches) => {
      let document = 0;
      for await (const batch of batches) {
        const { data } = addedColumn(batch, columnNames.tokenLogprobs, tokenLogprobsType);
        const lists = listReader<Float32Array>(data);
        batchTokens(batch).documents.forEach((ids, row) => {
          requireSame(ids, documents[document++] ?? []);
          found.push(...lists.items(row).subarray(1));
        });
      }
    },
  });
  return Float32Array.from(found);
}

/** The other tools are given token ids: they must be those of the text. */
function requireSame(ids: Int32Array, expected: readonly number[]): void {
  if (ids.join() !== expected.join()) throw new Error(`the tokens of ${input} are not as expected`);
}
