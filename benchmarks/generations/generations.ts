import { Readable } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import type { Source } from '../../src/operator.ts';
import type { ResamplingOptions } from '../../src/resampling/resampling-options.ts';
import type { TokenBytes } from '../../src/text/token-bytes.ts';
import { type Continuations, continuationsOf } from './continuations.ts';
import { countNgrams, type NgramCounts, type NgramSetting } from './count-ngrams.ts';
import { type EditTally, editAtRandom, editWithNgrams } from './edit-with-ngrams.ts';
import { type CorpusMeasures, changedShare, measureCorpus, tailOf } from './measure-corpus.ts';
import { ngramModel, perplexity } from './ngram-model.ts';
import { sampleCorpus } from './sample-corpus.ts';
import { tokenRows } from './token-batches.ts';

/** How the next generation's corpus is made. */
export type Arm =
  /** All of it is sampled from the latest model. */
  | { readonly name: string; readonly kind: 'sampled' }
  /** The latest corpus, edited by its own model (`latest`) or by the first one (`first`). */
  | {
      readonly name: string;
      readonly kind: 'edited';
      readonly prior: 'latest' | 'first';
      readonly resampling: ResamplingOptions;
    }
  /** The latest corpus, with as many tokens replaced at random as another arm, which comes before, has changed. */
  | { readonly name: string; readonly kind: 'random'; readonly like: string };

/** What a generation is made from. */
export interface GenerationSetting extends NgramSetting {
  readonly tokenBytes: TokenBytes;
  readonly human: Corpus;
  /** Human text that no model is trained on. */
  readonly heldOut: readonly Int32Array[];
  readonly generations: number;
}

/** A corpus in memory: batches of `token_ids`. */
export type Corpus = readonly RecordBatch[];

/** A corpus and its model, measured. */
export interface Generation extends CorpusMeasures {
  /** The model's, of held-out human text. */
  readonly perplexity: number;
  /** Of the tokens of the corpus before, those at or above the threshold, and those that were replaced; 0 of sampled corpora. */
  readonly eligible: number;
  readonly changed: number;
  /** The share of tokens that are no more those of the human corpus; null of sampled corpora. */
  readonly fromHuman: number | null;
}

/** The generations of an arm, from the human corpus on: `[generations + 1]`. */
export type ArmResult = { readonly arm: Arm; readonly generations: readonly Generation[] };

/** A trained model with its corpus. */
interface Trained {
  readonly corpus: Corpus;
  readonly counts: NgramCounts;
  readonly prior: Continuations;
}

/**
 * Runs every arm from the same human corpus.
 *
 * @param seed - the same one gives the same corpora
 * @param onGeneration - is called with each generation as it is done
 */
export async function runArms(
  arms: readonly Arm[],
  setting: GenerationSetting,
  seed: number,
  onGeneration: (arm: Arm, generation: Generation) => void = () => undefined,
): Promise<readonly ArmResult[]> {
  const human = await train(setting.human, setting);
  const isRare = tailOf(human.counts);
  const measure = (trained: Trained, how: How): Generation => ({
    ...measureCorpus(trained.counts, isRare),
    perplexity: perplexity(trained.prior.model, setting.heldOut),
    ...how,
  });
  const first = measure(human, { eligible: 0, changed: 0, fromHuman: 0 });
  const results: ArmResult[] = [];
  for (const [index, arm] of arms.entries()) {
    const generations = [first];
    let latest = human;
    for (let generation = 1; generation <= setting.generations; generation++) {
      const model = results.find((result) => arm.kind === 'random' && result.arm.name === arm.like);
      const rate = model?.generations[generation]?.changed ?? 0;
      const draws = BigInt(seed) * 2n ** 32n + BigInt(index * 2 ** 16 + generation);
      const next = await nextCorpus(arm, { human, latest, rate: rate / first.tokens, draws });
      latest = await train(next.corpus, setting);
      const fromHuman =
        arm.kind === 'sampled' ? null : changedShare(rowsOf(latest.corpus), rowsOf(setting.human));
      generations.push(measure(latest, { ...next.tally, fromHuman }));
      onGeneration(arm, generations.at(-1) ?? first);
    }
    results.push({ arm, generations });
  }
  return results;

  async function nextCorpus(arm: Arm, from: From) {
    const tally: EditTally = { eligible: 0, changed: 0 };
    const { prior } = from.latest;
    if (arm.kind === 'sampled') {
      const tokens = first.tokens;
      const options = { tokens, longest: longestOf(setting.human), seed: from.draws };
      return { corpus: Array.from(sampleCorpus(prior, options)), tally };
    }
    const { tokenBytes } = setting;
    const operator =
      arm.kind === 'random'
        ? editAtRandom(from.human.prior, { rate: from.rate, seed: from.draws, tally })
        : editWithNgrams(arm.prior === 'first' ? from.human.prior : prior, {
            ...{ tokenBytes, resampling: arm.resampling, seed: from.draws, tally },
          });
    return { corpus: await collect(operator(streamOf(from.latest.corpus))), tally };
  }
}

type How = Pick<Generation, 'eligible' | 'changed' | 'fromHuman'>;

interface From {
  readonly human: Trained;
  readonly latest: Trained;
  readonly rate: number;
  readonly draws: bigint;
}

async function train(corpus: Corpus, setting: NgramSetting): Promise<Trained> {
  const counts = await countNgrams(streamOf(corpus), setting);
  return { corpus, counts, prior: continuationsOf(ngramModel(counts)) };
}

/** A corpus as a stream. */
export function streamOf(corpus: Corpus): Source {
  return Readable.from(corpus, { objectMode: true });
}

/** A stream as a corpus, in memory. */
export async function collect(source: Source): Promise<Corpus> {
  const batches: RecordBatch[] = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}

/** The rows of a corpus, one after the other. */
export function* rowsOf(corpus: Corpus): Generator<Int32Array> {
  for (const batch of corpus) yield* tokenRows(batch);
}

function longestOf(corpus: Corpus): number {
  let longest = 0;
  for (const ids of rowsOf(corpus)) longest = Math.max(longest, ids.length);
  return longest;
}
