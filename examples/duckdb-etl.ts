import { DuckDBInstance } from '@duckdb/node-api';
import {
  applyEdits,
  compose,
  fromRows,
  loadPrior,
  type Operator,
  rebatch,
  resampleTokens,
  runPipeline,
  scoreTokens,
  tokenize,
  toRows,
  writeParquet,
} from 'toedit';

/** An ETL job: rows out of DuckDB, filtered by an operator of one's own, edited, and written to a file that DuckDB reads. */
const [input = 'examples/corpus/*.parquet', output = 'edited.parquet'] = process.argv.slice(2);

/** What DuckDB answers, a chunk of 2,048 rows at a time: it reads no further than the pipeline asks. */
async function* query(sql: string, parameters: string[]) {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const result = await connection.stream(sql, parameters);
    for await (const rows of result.yieldRowObjectJs()) yield* rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** An operator of one's own, on plain rows: it passes those whose text has 100 characters at least. */
const dropShortTexts: Operator = (source) => fromRows(longOnes(toRows(source)));

async function* longOnes(rows: AsyncIterable<Record<string, unknown>>) {
  for await (const row of rows) if (String(row['text']).length >= 100) yield row;
}

await using prior = await loadPrior();
const { rows } = await runPipeline({
  source: fromRows(query('SELECT * FROM read_parquet($1)', [input])),
  operator: compose(
    dropShortTexts,
    rebatch({ rows: 64 }),
    tokenize(prior),
    scoreTokens(prior),
    resampleTokens(prior, { preset: 'paper', seed: 7n }),
    applyEdits(prior),
  ),
  sink: writeParquet(output, { overwrite: true }),
});
console.log(`${rows} rows written to ${output}`);
