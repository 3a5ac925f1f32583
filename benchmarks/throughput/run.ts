import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cutDocuments } from '../contest/cut-documents.ts';
import { peerPlaces } from '../contest/peer-places.ts';
import { type Race, race } from '../contest/race.ts';
import { setUpPeers } from '../contest/set-up-peers.ts';
import { machine } from '../machine.ts';
import { sharedFile, smollm2Directory } from '../smollm2-directory.ts';
import { compareRaw, type RawComparison } from './compare-raw.ts';
import { resultsPage } from './results-page.ts';
import { sampleDocuments } from './sample-documents.ts';
import { allTools } from './tools.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    'set-up': { type: 'boolean', default: false },
    peers: { type: 'string', default: join(tmpdir(), 'toedit-peers') },
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', default: '48' },
    documents: { type: 'string', default: '4' },
    output: { type: 'string', default: 'benchmarks/throughput/RESULTS.md' },
  },
});
const modelDirectory = smollm2Directory();
const peers = peerPlaces(values.peers);
const rounds = Number(values.rounds);

if (values['set-up']) setUpPeers(modelDirectory, peers);
else await measure();

async function measure(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'toedit-throughput-'));
  const raw = await againstRaw(scratch);
  const others = await againstOthers(scratch);
  await rm(scratch, { recursive: true });
  await writeFile(values.output, resultsPage({ raw, race: others, machine: machine() }));
}

async function againstRaw(scratch: string): Promise<readonly RawComparison[]> {
  const [input, output] = [join(scratch, 'short.parquet'), join(scratch, 'output.parquet')];
  const rows = Number(values.rows);
  await sampleDocuments(sharedFile('data/paragraphs.parquet'), { output: input, rows });
  const comparisons: RawComparison[] = [];
  for (const modelFile of ['onnx/model.onnx', 'onnx/model_gqa.onnx']) {
    comparisons.push(await compareRaw(modelDirectory, { modelFile, input, output, rounds }));
    const { eligible, all, raw } = comparisons.at(-1) ?? {};
    console.log(modelFile, { eligible, all, raw });
  }
  return comparisons;
}

async function againstOthers(scratch: string): Promise<Race> {
  const ids = await cutDocuments(sharedFile('data/books.parquet'), {
    modelDirectory,
    documents: Number(values.documents),
    tokens: 512,
    output: join(scratch, 'input.parquet'),
  });
  await writeFile(join(scratch, 'documents.json'), JSON.stringify(ids));
  return await race(allTools({ modelDirectory, scratch, peers }), {
    scratch,
    logs: tmpdir(),
    rounds,
  });
}
