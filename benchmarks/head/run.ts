import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { EngineOptions } from '../../src/inference/engine-options.ts';
import type { MicroBatch, ScoresWanted } from '../../src/inference/micro-batch.ts';
import { openEarlyExit } from '../../src/inference/worker/early-exit.ts';
import { scoreMicroBatch } from '../../src/inference/worker/score-micro-batch.ts';
import { sessionOptions } from '../../src/inference/worker/session-options.ts';
import { machine } from '../machine.ts';
import { median } from '../median.ts';
import { noise, type RandomHead, writeRandomHead } from './random-head.ts';
import { type Comparison, resultsPage } from './results-page.ts';

const [rounds = 5, rows = 512] = process.argv.slice(3).map(Number);
/** Of the rows, in per cent: what the early exit leaves to the full head on English text (docs/decisions/early-exit.md). */
const eligiblePercent = 5;
/** As `loadPrior` has it. */
const logitsBytes = 64 * 2 ** 20;

const comparisons: Comparison[] = [];
for (const [hidden, vocabulary] of [
  [576, 32_768],
  [576, 49_152],
  [640, 131_072],
  [640, 262_144],
] as const) {
  const directory = await mkdtemp(join(tmpdir(), 'toedit-head-'));
  comparisons.push(await compare(await writeRandomHead(directory, { hidden, vocabulary })));
  console.log(comparisons.at(-1));
  await rm(directory, { recursive: true });
}
await writeFile(
  'benchmarks/head/RESULTS.md',
  resultsPage(comparisons, { rows, rounds }, machine()),
);

/** The full head and the early exit over the same rows, in turns. */
async function compare(head: RandomHead): Promise<Comparison> {
  const { score, release } = await openHead(head);
  await score('all');
  await score('eligible');
  const seconds: Record<ScoresWanted, number[]> = { all: [], eligible: [] };
  let left = 0;
  for (let round = 0; round < rounds; round++) {
    for (const wanted of ['all', 'eligible'] as const) {
      const { busyMs, logprobs } = await score(wanted);
      seconds[wanted].push(busyMs / 1000);
      left = logprobs.filter((logprob) => !Number.isNaN(logprob)).length;
    }
  }
  await release();
  return {
    ...{ hidden: head.hidden, vocabulary: head.vocabulary, left: left / rows },
    fullRate: rows / median(seconds.all),
    earlyRate: rows / median(seconds.eligible),
    ratios: seconds.all.map((s, i) => s / (seconds.eligible[i] ?? Number.NaN)),
  };
}

/** The head behind a body that has its hidden states ready. */
async function openHead(random: RandomHead) {
  const { hidden, vocabulary, split } = random;
  const { batch, states } = batchOf(random);
  const settings = sessionOptions({ device: 'cpu', threads: 0 }, 'head');
  const head = await InferenceSession.create(random.head, settings);
  const exit = await openEarlyExit({
    ...{ weightRows: random.rows, hidden, columns: split.columns, vocabularySize: vocabulary },
    logitsBytes,
    openSession: (model) => InferenceSession.create(model as string, settings),
  });
  const state = () => new Tensor('float32', states, [1, rows + 1, hidden]);
  const body = { hidden: () => Promise.resolve(state()), release: () => Promise.resolve() };
  const sessions = { body, head, earlyExit: () => Promise.resolve(exit) };
  const options: EngineOptions = {
    ...{ device: 'cpu', threads: 0, body: '', head: random.head, earlyExit: null, headSize: 0 },
    ...{
      inputs: [],
      pasts: [],
      windowsApart: false,
      hidden: split.hidden,
      vocabularySize: vocabulary,
      logitsBytes,
    },
  };
  return {
    score: (scores: ScoresWanted) => scoreMicroBatch(sessions, { ...batch, scores }, options),
    release: () => Promise.all([head.release(), exit.release()]),
  };
}

/** Small hidden states, which predict no token, but for some that are a token's own weights, enlarged. */
function batchOf({ hidden, vocabulary, weights }: RandomHead) {
  const states = noise((rows + 1) * hidden);
  const tokenIds = Int32Array.from({ length: rows + 1 }, (_, i) => (i * 7919) % vocabulary);
  for (let row = 0; row < rows; row++) {
    const isEligible = (row * eligiblePercent) % 100 < eligiblePercent;
    const target = tokenIds[row + 1] ?? 0;
    for (let i = 0; i < hidden; i++) {
      const weight = (weights[i * vocabulary + target] ?? 0) / 6;
      const at = row * hidden + i;
      states[at] = isEligible ? weight : (states[at] ?? 0) / 10;
    }
  }
  const logThreshold = Math.fround(Math.log(0.99));
  const spans = Int32Array.of(1, rows + 1);
  const batch: MicroBatch = {
    ...{ size: 1, width: rows + 1, tokenIds, spans, logThreshold, topK: 8 },
  };
  return { batch, states };
}
