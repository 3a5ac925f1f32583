import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadPrior } from '../../src/model/load-prior.ts';
import { machine } from '../machine.ts';
import { nullPrior } from '../null-prior.ts';
import { smollm2Directory } from '../smollm2-directory.ts';
import { type LengthCosts, scoreLengths } from './document-lengths.ts';
import { editManyDocuments } from './many-documents.ts';
import { resultsPage } from './results-page.ts';
import { runByWorkers } from './workers.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    rounds: { type: 'string', default: '2' },
    /** Documents of the largest file, by the null scorer and by the embedded prior. */
    'null-documents': { type: 'string', default: '100000' },
    documents: { type: 'string', default: '10000' },
    /** Of the long document. */
    tokens: { type: 'string', default: '40000' },
    'short-tokens': { type: 'string', default: '512' },
    /** Of each file that workers share. */
    rows: { type: 'string', default: '400' },
  },
});
const rounds = Number(values.rounds);
const [longTokens, shortTokens] = [Number(values.tokens), Number(values['short-tokens'])];
const embedded = fileURLToPath(new URL('../../../models/tiny', import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), 'toedit-scaling-'));
try {
  const counts = await measureCounts();
  const lengths: LengthCosts[] = [];
  for (const modelFile of ['onnx/model.onnx', 'onnx/model_gqa.onnx']) {
    await using prior = await loadPrior(smollm2Directory(), { modelFile });
    const options = { longTokens, shortTokens, rounds: 1 };
    lengths.push(await scoreLengths(prior, options));
  }
  const workers = await runByWorkers(scratch, { files: 4, rows: Number(values.rows), rounds });
  const page = resultsPage({ ...counts, lengths, workers }, machine());
  await writeFile('benchmarks/scaling/RESULTS.md', page);
} finally {
  await rm(scratch, { recursive: true });
}

async function measureCounts() {
  await using prior = await loadPrior(embedded);
  const shared = { rounds, scratch };
  return {
    nullCounts: await editManyDocuments(powersOfTen(Number(values['null-documents'])), {
      ...{ ...shared, prior: nullPrior(prior), documentsAtLeast: 10_000 },
    }),
    realCounts: await editManyDocuments(powersOfTen(Number(values.documents)), {
      ...{ ...shared, prior, documentsAtLeast: 1000 },
    }),
  };
}

/** One document, for what a file costs by itself; then from 100 on, ten times more each. */
function powersOfTen(last: number): readonly number[] {
  const counts = [1];
  for (let documents = 100; documents <= last; documents *= 10) counts.push(documents);
  return counts;
}
