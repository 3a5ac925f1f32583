import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { takeRows } from '../../operators/take-rows.ts';
import { loadTokenizer } from '../../src/model/load-tokenizer.ts';
import { machine } from '../machine.ts';
import { roundedJson } from '../rounded-json.ts';
import { sharedFile } from '../smollm2-directory.ts';
import { arms } from './arms.ts';
import { finishedRuns } from './finished-runs.ts';
import { generationPlot, plottedMeasures } from './generation-plot.ts';
import type { GenerationResults, SeedRun } from './generation-results.ts';
import { collect, runArms, streamOf } from './generations.ts';
import { readCorpus } from './read-corpus.ts';
import { resultsPage } from './results-page.ts';

const smollm2 = sharedFile('models/smollm2-135m');
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    corpus: {
      type: 'string',
      multiple: true,
      default: [sharedFile('data/evidence/human.parquet')],
    },
    model: { type: 'string', default: existsSync(smollm2) ? smollm2 : 'models/tiny' },
    order: { type: 'string', default: '5' },
    generations: { type: 'string', default: '5' },
    seeds: { type: 'string', default: '3' },
    documents: { type: 'string' },
    output: { type: 'string', default: 'benchmarks/generations' },
  },
});

const started = performance.now();
const tokenizer = await loadTokenizer(values.model, null);
const text = await readCorpus(values.corpus, tokenizer);
await tokenizer.close();
const { documents } = values;
const human =
  documents === undefined
    ? text.train
    : await collect(takeRows(Number(documents))(streamOf(text.train)));
const { tokenBytes } = tokenizer;
const setting = {
  ...{ order: Number(values.order), vocabulary: tokenBytes.size, tokenBytes },
  ...{ human, heldOut: text.heldOut, generations: Number(values.generations) },
};
const facts = {
  corpus: values.corpus.map((path) => basename(path)).join(', '),
  tokenizer: basename(resolve(values.model)),
  ...{ vocabulary: tokenBytes.size, order: setting.order },
  heldOutDocuments: text.heldOut.length,
  heldOutTokens: text.heldOut.reduce((sum, { length }) => sum + length, 0),
};
const at = (name: string): string => join(values.output, name);
const wanted = {
  ...{ facts, generations: setting.generations, arms: arms.map(({ name }) => name) },
  documents: human.reduce((sum, { numRows }) => sum + numRows, 0),
};
const before = finishedRuns(at('results.json'), wanted);
const runs: SeedRun[] = [...before.runs];
for (let seed = 0; seed < Number(values.seeds); seed++) {
  if (runs.some((run) => run.seed === seed)) continue;
  const done = await runArms(arms, setting, seed, (arm, { perplexity, vocabulary, changed }) => {
    console.log(seed, arm.name, perplexity.toFixed(2), vocabulary, changed);
  });
  runs.push({ seed, arms: done });
  await write();
}

/** Writes what is known so far: each seed takes minutes. */
async function write(): Promise<void> {
  const seconds = before.seconds + (performance.now() - started) / 1000;
  const results = roundedJson({
    ...{ machine: machine(), seconds, runs },
    ...facts,
  } satisfies GenerationResults);
  const read = JSON.parse(results) as GenerationResults;
  await mkdir(values.output, { recursive: true });
  await writeFile(at('results.json'), results);
  await writeFile(at('RESULTS.md'), resultsPage(read));
  for (const [name, measure] of Object.entries(plottedMeasures)) {
    await writeFile(at(`${name}.svg`), generationPlot(read, measure));
  }
}
