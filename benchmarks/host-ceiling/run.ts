import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { meter } from '../../operators/meter.ts';
import { scoreTokens } from '../../operators/score-tokens.ts';
import { takeRows } from '../../operators/take-rows.ts';
import { tokenize } from '../../operators/tokenize.ts';
import { emptyTotals, type RunTotals } from '../../src/metrics/totals.ts';
import { loadPrior, type Prior } from '../../src/model/load-prior.ts';
import { compose } from '../../src/operator.ts';
import { type Cost, costOf } from '../cost-of.ts';
import { machine } from '../machine.ts';
import { nullPrior } from '../null-prior.ts';
import { repeatFile } from '../repeat-file.ts';
import { runFileOf } from '../run-file-of.ts';
import { sharedFile, smollm2Directory } from '../smollm2-directory.ts';
import { partsOf } from './parts.ts';
import { resultsPage } from './results-page.ts';
import type { Work } from './work.ts';

const [rounds = 5, times = 4, scoredRows = 16] = process.argv.slice(3).map(Number);
const scratch = await mkdtemp(join(tmpdir(), 'toedit-host-ceiling-'));
try {
  await using prior = await loadPrior(smollm2Directory());
  const works = await worksOf(prior);
  const costs = new Map<Work, Cost[]>(works.map((work) => [work, []]));
  for (const { run } of works) await run();
  for (let round = 0; round < rounds; round++) {
    for (const work of works) costs.get(work)?.push(await costOf(work.run));
    console.log(`round ${String(round + 1)} of ${String(rounds)}`);
  }
  await writeFile('benchmarks/host-ceiling/RESULTS.md', resultsPage(costs, machine()));
} finally {
  await rm(scratch, { recursive: true });
}

async function worksOf(prior: Prior): Promise<Work[]> {
  const model = nullPrior(prior);
  const [input, other] = [join(scratch, 'input.parquet'), join(scratch, 'other.parquet')];
  await repeatFile(sharedFile('data/paragraphs.parquet'), input, times);
  await copyFile(input, other);
  const small = join(scratch, 'small.parquet');
  await pipeline(readParquet(input), takeRows(1), writeParquet(small));
  const size = await score(input, model);
  const scored = await score(input, prior, scoredRows);
  const twice = { tokens: 2 * size.tokens, textBytes: 2 * size.textBytes };
  const both = () => Promise.all([runAnew(input, model), runAnew(other, model)]);
  const parts = await partsOf(input, model, scratch);
  return [
    {
      ...{ name: 'SmolLM2 on this processor', kind: 'scoring', ...scored },
      run: () => score(input, prior, scoredRows),
    },
    { name: 'one file', kind: 'whole', ...size, run: () => runAnew(input, model) },
    { name: 'two files in flight', kind: 'whole', ...twice, run: both },
    {
      ...{ name: 'a file of one row', kind: 'small', ...(await score(small, model)) },
      run: () => runAnew(small, model),
    },
    ...parts.map((part): Work => ({ ...part, ...size })),
  ];
}

/** What is left of the round before is removed: a run would go on with it. */
async function runAnew(input: string, prior: Prior): Promise<void> {
  await rm(`${input}.run`, { recursive: true, force: true });
  await runFileOf(input, prior);
}

/** Scores rows of a file, and says how much that was. */
async function score(
  input: string,
  prior: Prior,
  rows?: number,
): Promise<Pick<RunTotals, 'tokens' | 'textBytes'>> {
  const totals = emptyTotals();
  const limit = rows === undefined ? [] : [takeRows(rows)];
  const operator = compose(...limit, tokenize(prior), scoreTokens(prior), meter(totals));
  for await (const _ of operator(readParquet(input)));
  return totals;
}
