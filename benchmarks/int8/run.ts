import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findModelFile } from '../../src/model/find-model-file.ts';
import { machineFacts } from '../../src/tuning/machine-facts.ts';
import { cutDocuments } from '../contest/cut-documents.ts';
import { peerPlaces } from '../contest/peer-places.ts';
import type { Documents } from '../contest/peers/take-turns.ts';
import { race } from '../contest/race.ts';
import { machine } from '../machine.ts';
import { sharedFile, smollm2Directory } from '../smollm2-directory.ts';
import { ownTools, type PriorFile, vllmTools } from './contestants.ts';
import { compareAll } from './fidelity.ts';
import type { Int8Results } from './goals.ts';
import { quantise } from './quantise-cost.ts';
import { resultsPage } from './results-page.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    int8: { type: 'string' },
    fast: { type: 'string' },
    graph: { type: 'string', default: 'onnx/model_gqa.onnx' },
    calibrate: { type: 'string', default: sharedFile('data/paragraphs.parquet') },
    documents: { type: 'string', default: '4' },
    'compared-documents': { type: 'string', default: '68' },
    rounds: { type: 'string', default: '5' },
    peers: { type: 'string', default: join(tmpdir(), 'toedit-peers') },
    scratch: { type: 'string', default: join(tmpdir(), 'toedit-int8') },
    output: { type: 'string', default: 'benchmarks/int8/RESULTS.md' },
  },
});
const { scratch, calibrate, graph } = values;
const float32: PriorFile = { directory: smollm2Directory(), modelFile: graph };
const peers = vllmTools(peerPlaces(values.peers));

const quantised = await quantisedPriors();
const priors = { float32, int8: quantised.int8, fast: quantised.fast };
const compared = await documentsIn('compared', Number(values['compared-documents']));
const fidelity = await compareAll({ priors, peers, ...compared });
const timed = await documentsIn('timed', Number(values.documents));
const standings = await race([...ownTools(priors, timed.scratch), ...peers], {
  ...{ scratch: timed.scratch, logs: tmpdir(), rounds: Number(values.rounds) },
});
const { instructionSets } = await machineFacts();
const calibrated = quantised.quantising === null ? null : basename(calibrate);
const page = resultsPage(
  { ...fidelity, race: standings, quantising: quantised.quantising },
  { machine: machine(), instructionSets, calibrated, graph },
);
await writeFile(values.output, page);

/** The int8 priors: those that were given, else made here. */
async function quantisedPriors(): Promise<
  Pick<Int8Results, 'quantising'> & Readonly<Record<'int8' | 'fast', PriorFile>>
> {
  const { int8, fast } = values;
  if (int8 !== undefined && fast !== undefined) {
    return { int8: await priorIn(int8), fast: await priorIn(fast), quantising: null };
  }
  const make = async (name: 'int8' | 'fast') => {
    const output = join(scratch, name);
    await rm(output, { recursive: true, force: true });
    const cost = await quantise({ model: float32, calibrate, output, fast: name === 'fast' });
    console.log(name, cost);
    return { prior: await priorIn(output), cost };
  };
  const [one, other] = [await make('int8'), await make('fast')];
  const quantising = { int8: one.cost, fast: other.cost };
  return { int8: one.prior, fast: other.prior, quantising };
}

async function priorIn(directory: string): Promise<PriorFile> {
  return { directory, modelFile: await findModelFile(directory) };
}

/** Writes documents of 512 tokens, as texts and as token ids. */
async function documentsIn(
  name: string,
  count: number,
): Promise<{ readonly scratch: string; readonly documents: Documents }> {
  const folder = join(scratch, name);
  await mkdir(folder, { recursive: true });
  const output = join(folder, 'input.parquet');
  await rm(output, { force: true });
  const documents = await cutDocuments(sharedFile('data/books.parquet'), {
    ...{ modelDirectory: float32.directory, documents: count, tokens: 512, output },
  });
  await writeFile(join(folder, 'documents.json'), JSON.stringify(documents));
  return { scratch: folder, documents };
}
