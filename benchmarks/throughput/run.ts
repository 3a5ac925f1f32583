import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyEdits } from '../../operators/apply-edits.ts';
import { prefetch } from '../../operators/prefetch.ts';
import { readParquet } from '../../operators/read-parquet.ts';
import { rebatch } from '../../operators/rebatch.ts';
import { resampleTokens } from '../../operators/resample-tokens.ts';
import { scoreTokens } from '../../operators/score-tokens.ts';
import { tokenize } from '../../operators/tokenize.ts';
import { writeParquet } from '../../operators/write-parquet.ts';
import { compose } from '../../src/compose.ts';
import type { MicroBatch, ScoresWanted } from '../../src/inference/micro-batch.ts';
import { loadPrior, type Prior } from '../../src/model/load-prior.ts';
import { runPipeline } from '../../src/run-pipeline.ts';
import { machine } from '../machine.ts';
import { median } from '../median.ts';
import { sharedFile, smollm2Directory } from '../smollm2-directory.ts';
import { openRawForward } from './raw-forward.ts';
import { type Comparison, resultsPage } from './results-page.ts';
import { sampleDocuments } from './sample-documents.ts';

const [rounds = 5, rows = 96] = process.argv.slice(3).map(Number);
const directory = smollm2Directory();
const scratch = await mkdtemp(join(tmpdir(), 'toedit-throughput-'));
const input = join(scratch, 'input.parquet');
await sampleDocuments(sharedFile('data/paragraphs.parquet'), { output: input, rows });

const comparisons: Comparison[] = [];
for (const modelFile of ['onnx/model.onnx', 'onnx/model_gqa.onnx']) {
  comparisons.push(await compare(modelFile));
  console.log(comparisons.at(-1));
}
await rm(scratch, { recursive: true });
await writeFile('benchmarks/throughput/RESULTS.md', resultsPage(comparisons, machine()));

/** The whole pipeline against the bare forward pass over the micro-batches that it made, in turns. */
async function compare(modelFile: string): Promise<Comparison> {
  await using prior = await loadPrior(directory, { modelFile });
  const raw = await openRawForward(directory, modelFile);
  const batches: MicroBatch[] = [];
  const recorded: Prior = {
    ...prior,
    score(batch) {
      batches.push(batch);
      return prior.score(batch);
    },
  };
  await edit(recorded);
  await raw.run(batches.slice(0, 1));
  const seconds = { pipeline: [] as number[], all: [] as number[], raw: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    seconds.pipeline.push(await secondsOf(() => edit(prior)));
    seconds.all.push(await secondsOf(() => edit(prior, 'all')));
    seconds.raw.push(await secondsOf(() => raw.run(batches)));
  }
  await raw.release();
  const tokens = batches.reduce((sum, { spans, size }) => sum + spanEnds(spans, size), 0);
  const padded = batches.reduce((sum, { size, width }) => sum + size * width, 0);
  const ratios = (of: readonly number[]) => seconds.raw.map((s, i) => s / (of[i] ?? Number.NaN));
  return {
    modelFile,
    tokens,
    paddingShare: 1 - tokens / padded,
    pipelineRate: tokens / median(seconds.pipeline),
    rawRate: tokens / median(seconds.raw),
    ratios: ratios(seconds.pipeline),
    allRate: tokens / median(seconds.all),
    allRatios: ratios(seconds.all),
  };
}

async function edit(prior: Prior, scores: ScoresWanted = 'eligible'): Promise<void> {
  await runPipeline({
    source: readParquet(input),
    operator: compose(
      rebatch({ rows: 512, bytes: 2 ** 18 }),
      tokenize(prior),
      prefetch(1),
      scoreTokens(prior, { scores }),
      prefetch(1),
      resampleTokens(prior, { seed: 7n }),
      applyEdits(prior),
    ),
    sink: writeParquet(join(scratch, 'output.parquet'), { overwrite: true }),
  });
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Tokens in the windows of a micro-batch, padding left out. */
function spanEnds(spans: Int32Array, size: number): number {
  let sum = 0;
  for (let window = 0; window < size; window++) sum += spans[2 * window + 1] ?? 0;
  return sum;
}
