import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from '../machine.ts';
import { smollm2Directory } from '../smollm2-directory.ts';
import { resultsPage, type Start } from './results-page.ts';

const [rounds = 5, coldRounds = 2] = process.argv.slice(3).map(Number);
const measure = fileURLToPath(new URL('measure.js', import.meta.url));
const embedded = fileURLToPath(new URL('../../../models/tiny', import.meta.url));
const smollm2 = smollm2Directory();

const starts: Start[] = [
  { name: 'embedded', model: embedded, modelFile: 'onnx/model.onnx' },
  { name: 'SmolLM2, Optimum graph', model: smollm2, modelFile: 'onnx/model.onnx' },
  { name: 'SmolLM2, GQA graph', model: smollm2, modelFile: 'onnx/model_gqa.onnx' },
].map((prior) => ({ ...prior, floor: [], parts: [], whole: [], cold: [] }));

// The first start of all splits the graphs and links their weights.
for (const start of starts) run('whole', start);
for (let round = 0; round < rounds; round++) {
  for (const start of starts) {
    start.floor.push(run('floor', start));
    start.whole.push(run('whole', start));
    start.parts.push(run('parts', start));
    if (round < coldRounds) {
      forget(start);
      start.cold.push(run('whole', start));
    }
    console.log(start.name, start.floor.at(-1), start.whole.at(-1), start.cold.at(-1));
  }
}
await writeFile('benchmarks/startup/RESULTS.md', resultsPage(starts, machine()));

function run(what: string, { model, modelFile }: Start): Readonly<Record<string, number>> {
  const printed = execFileSync(process.execPath, [measure, what, model, modelFile], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(printed) as Record<string, number>;
}

/** Drops the model's files from the page cache; GNU dd asks the kernel for it, which needs no rights. */
function forget({ model, modelFile }: Start): void {
  const directory = dirname(join(model, modelFile));
  for (const name of readdirSync(directory)) {
    const input = `if=${join(directory, name)}`;
    execFileSync('dd', [input, 'iflag=nocache', 'count=0', 'status=none'], { stdio: 'ignore' });
  }
}
