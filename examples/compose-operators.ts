import { pipeline } from 'node:stream/promises';
import {
  applyEdits,
  compose,
  loadPrior,
  type Operator,
  readParquet,
  rebatch,
  resampleTokens,
  scoreTokens,
  tokenize,
  writeParquet,
} from 'toedit';

/** Edits one file operator by operator, with an operator of one's own among them. */
const [input = 'examples/corpus/books.parquet', output = 'edited.parquet'] = process.argv.slice(2);

let rows = 0;
const countRows: Operator = async function* countRows(source) {
  for await (const recordBatch of source) {
    rows += recordBatch.numRows;
    yield recordBatch;
  }
};

await using prior = await loadPrior('models/tiny');
const edit = compose(
  rebatch({ rows: 64 }),
  tokenize(prior),
  scoreTokens(prior),
  resampleTokens(prior, { preset: 'paper', seed: 7n }),
  applyEdits(prior),
);
await pipeline(readParquet(input), edit, countRows, writeParquet(output, { overwrite: true }));
console.log(`${rows} rows written to ${output}`);
