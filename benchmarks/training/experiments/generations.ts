import { basename, join } from 'node:path';
import type { Corpora } from './corpora.ts';
import { noteEdits } from './edit-corpus.ts';
import { type Lab, textsOf, tinyPrior, toedit, writeDocuments } from './lab.ts';
import { seeds, trainOnHuman } from './mixtures.ts';
import { decodeStream, readTokens, tokensOf, writeTokens } from './token-files.ts';

const generations = 3;

/**
 * What the prior of a generation redraws. A model this small is nearly certain of hardly any token: at the paper's 0.99 next to nothing
 * would be edited, and at 0.5 a few tokens in a thousand are changed; 0.1 is for edits that could do harm.
 */
const thresholds = { seldom: '0.5', often: '0.1' } as const;

/** How the corpus of a generation is made by the model before it: a file of JSON lines. */
interface Arm {
  readonly name: string;
  readonly corpus: (lab: Lab, from: Before, to: string) => Promise<string>;
}

interface Before {
  /** The model before. */
  readonly weights: string;
  /** What the first model read, and what the model before read. */
  readonly human: string;
  readonly previous: string;
  readonly seed: number;
  /** Wanted of the corpus. */
  readonly tokens: number;
}

const arms: readonly Arm[] = [
  { name: 'sampled', corpus: sampled },
  {
    name: 'edited',
    corpus: (lab, from, to) => edited(lab, { ...from, previous: from.human }, to, 'seldom'),
  },
  { name: 'edited-again', corpus: (lab, from, to) => edited(lab, from, to, 'often') },
];

/**
 * Chains of models. Model n of *sampled* reads text sampled from model n − 1; of *edited* the human text edited by model n − 1, seldom;
 * of *edited-again* the corpus of model n − 1, edited by it, often. Model 0 is that of the human text.
 */
export async function recursion(lab: Lab, corpora: Corpora): Promise<void> {
  const human = await corpora.human();
  measure(lab, 'human', human);
  for (const arm of arms) {
    for (const seed of seeds) await chain(lab, corpora, { arm, seed, human });
  }
}

interface Chain {
  readonly arm: Arm;
  readonly seed: number;
  readonly human: string;
}

async function chain(lab: Lab, corpora: Corpora, { arm, seed, human }: Chain): Promise<void> {
  const { scale, budget: tokens } = corpora;
  const model = (name: string, generation: number, corpus: string): Promise<string> =>
    lab.train(
      {
        ...{ experiment: 'generations', arm: name, seed, generation },
        ...{ scale, tokens },
        corpus: () => streamOf(lab, corpus, tokens),
        evaluate: corpora.heldOut,
      },
      true,
    );
  let weights = await trainOnHuman(lab, corpora, seed);
  let previous = human;
  for (let generation = 1; generation <= generations; generation++) {
    const { name } = arm;
    const label = `generations/${name}-${generation}-${seed}`;
    previous = await arm.corpus(lab, { weights, human, previous, seed, tokens }, label);
    measure(lab, label, previous);
    weights = await model(name, generation, previous);
  }
}

/** The first tokens of a file of JSON lines, beside it. */
function streamOf(lab: Lab, corpus: string, tokens: number): Promise<string> {
  return lab.file(`tokens/generations-${basename(corpus, '.jsonl')}.bin`, async (path) => {
    writeTokens(path, (await tokensOf(lab, textsOf(corpus))).subarray(0, tokens));
  });
}

function sampled(lab: Lab, { weights, seed, tokens }: Before, label: string): Promise<string> {
  return lab.file(`${label}.jsonl`, async (path) => {
    const output = lab.at(`${label}.bin`);
    await lab.python().run({ kind: 'sample', seed, tokens, weights, output });
    const texts = await decodeStream(lab, readTokens(output));
    writeDocuments(path, documentsOf(texts));
  });
}

function edited(
  lab: Lab,
  { weights, previous, seed }: Before,
  label: string,
  how: keyof typeof thresholds,
): Promise<string> {
  return lab.file(`${label}.jsonl`, async (path) => {
    const directory = lab.at(`${label}-prior`);
    await lab.python().run({ kind: 'export', weights, directory, tokenizer: tinyPrior });
    const output = lab.at(`${label}-run`);
    const rule = ['--threshold', thresholds[how], '--temperature', '1', '--seed', String(seed)];
    const run = ['-o', output, '--model', directory, '--overwrite'];
    const edits = toedit('edit', previous, ...run, ...rule);
    noteEdits(lab, label, edits as Parameters<typeof noteEdits>[2]);
    writeDocuments(path, documentsOf(textsOf(join(output, basename(previous)))));
  });
}

function documentsOf(texts: readonly string[]): { readonly id: string; readonly text: string }[] {
  return texts.map((text, at) => ({ id: String(at), text }));
}

/** What `toedit analyse` says of the variety of a corpus. */
interface Analysis {
  readonly sets: readonly {
    readonly features: Readonly<
      Record<'unigrams' | 'entropy' | 'distinctUnigrams' | 'distinct1' | 'distinct2', number>
    >;
  }[];
}

function measure(lab: Lab, corpus: string, path: string): void {
  const name = `${corpus} variety`;
  if (lab.facts(name) !== undefined) return;
  const { sets } = toedit('analyse', path) as Analysis;
  const features = sets[0]?.features;
  if (features === undefined) throw new Error(`toedit analyse measured nothing of ${path}`);
  const { unigrams, entropy, distinctUnigrams, distinct1, distinct2 } = features;
  lab.note(name, { unigrams, entropy, distinctUnigrams, distinct1, distinct2 });
}
