import type { MicroBatch, ScoresWanted } from '../../src/inference/micro-batch.ts';
import { loadPrior, type Prior } from '../../src/model/load-prior.ts';
import { editFile } from '../contest/edit-file.ts';
import { openRawForward } from './raw-forward.ts';

/** The pipeline against a raw forward pass, on one graph. */
export interface RawComparison {
  readonly modelFile: string;
  readonly tokens: number;
  readonly paddingShare: number;
  /** The micro-batches of a round. */
  readonly batches: readonly MicroBatch[];
  /** Seconds of each round, with the early exit. */
  readonly eligible: readonly number[];
  /** The same with every token's logprob computed. */
  readonly all: readonly number[];
  /** The same of the bare forward pass. */
  readonly raw: readonly number[];
}

/** What {@link compareRaw} runs on. */
export interface RawComparisonOptions {
  readonly modelFile: string;
  readonly input: string;
  readonly output: string;
  readonly rounds: number;
  /** @defaultValue 0.99 */
  readonly threshold?: number | undefined;
}

/** The whole pipeline against the bare forward pass over the micro-batches that it made, in turns. */
export async function compareRaw(
  directory: string,
  { modelFile, input, output, rounds, threshold }: RawComparisonOptions,
): Promise<RawComparison> {
  await using prior = await loadPrior(directory, { modelFile });
  const raw = await openRawForward(directory, modelFile);
  const edit = (by: Prior, scores: ScoresWanted) =>
    editFile(by, { input, output, scores, threshold });
  const batches: MicroBatch[] = [];
  await edit(recording(prior, batches), 'eligible');
  await raw.run(batches.slice(0, 1));
  const seconds = { eligible: [] as number[], all: [] as number[], raw: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    seconds.eligible.push(await secondsOf(() => edit(prior, 'eligible')));
    seconds.all.push(await secondsOf(() => edit(prior, 'all')));
    seconds.raw.push(await secondsOf(() => raw.run(batches)));
  }
  await raw.release();
  const tokens = batches.reduce((sum, { spans, size }) => sum + spanEnds(spans, size), 0);
  const padded = batches.reduce((sum, { size, width }) => sum + size * width, 0);
  return { modelFile, tokens, paddingShare: 1 - tokens / padded, batches, ...seconds };
}

/** The prior, which notes the micro-batches it is given. */
function recording(prior: Prior, batches: MicroBatch[]): Prior {
  return {
    ...prior,
    score(batch) {
      batches.push(batch);
      return prior.score(batch);
    },
  };
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
