import { join } from 'node:path';
import { loadPrior } from '../../../src/model/load-prior.ts';
import { allLogprobs } from '../all-logprobs.ts';
import { editFile } from '../edit-file.ts';
import { takeTurns } from './take-turns.ts';

/** Arguments: documents, logprobs, directory with `input.parquet`, model directory, graph. */
const [, , directory = '', modelDirectory = '', modelFile = ''] = process.argv.slice(2);
const input = join(directory, 'input.parquet');

await takeTurns(async (documents) => {
  const prior = await loadPrior(modelDirectory, { modelFile, threads: 2 });
  const output = join(directory, `${String(process.pid)}.parquet`);
  const tokens = documents.flat().length;
  return {
    logprobs: () => allLogprobs(prior, { input, documents }),
    pass: async () => {
      await editFile(prior, { input, output, scores: 'eligible' });
      return tokens;
    },
  };
});
