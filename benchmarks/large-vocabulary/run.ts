import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine } from '../machine.ts';
import { sharedFile, smollm2Directory } from '../smollm2-directory.ts';
import { compareRaw } from '../throughput/compare-raw.ts';
import { sampleDocuments } from '../throughput/sample-documents.ts';
import { resultsPage, type ThresholdComparison } from './results-page.ts';
import { undecidedShare } from './undecided-share.ts';
import { type ModelSize, writeRandomModel } from './write-random-model.ts';

const [rounds = 5, rows = 24] = process.argv.slice(3).map(Number);

const size: ModelSize = {
  ...{ layers: 18, hidden: 640, feedForward: 2048, heads: 4, headSize: 256 },
  ...{ vocabulary: 262_144, maxTokens: 1024 },
};

const scratch = await mkdtemp(join(tmpdir(), 'toedit-large-vocabulary-'));
const model = join(scratch, 'model');
const [input, output] = [join(scratch, 'input.parquet'), join(scratch, 'output.parquet')];
await writeRandomModel(model, size, smollm2Directory());
await sampleDocuments(sharedFile('data/paragraphs.parquet'), { output: input, rows });
const results: ThresholdComparison[] = [];
for (const threshold of [0.99, 0.0027]) {
  const modelFile = 'model.onnx';
  const comparison = await compareRaw(model, {
    ...{ modelFile, input, output, rounds, threshold },
  });
  const left = await undecidedShare(model, size.vocabulary, comparison.batches);
  results.push({ threshold, left, comparison });
  console.log(threshold, left, comparison.eligible, comparison.all, comparison.raw);
}
await rm(scratch, { recursive: true });
await writeFile(
  'benchmarks/large-vocabulary/RESULTS.md',
  resultsPage(results, { size, machine: machine() }),
);
