import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { median } from '../../median.ts';
import type { Corpora } from './corpora.ts';
import { type Document, type Lab, textsOf, toedit, writeDocuments } from './lab.ts';
import { seeds } from './mixtures.ts';
import { tokensOf, writeTokens } from './token-files.ts';

/** Passages that are selected, of 5,488: they have the tokens that are wanted, and a few more. */
const rowsOf = (scale: number): number => 300 * scale;

/**
 * Pre-training on some of the synthetic passages: those that DSIR draws with the human passages as target, and those whose perplexity
 * under the bundled prior is nearest to the human median. To be compared with the mixture that is synthetic alone, whose passages nobody selected.
 */
export async function selection(lab: Lab, corpora: Corpora): Promise<void> {
  const { scale, budget: tokens } = corpora;
  for (const seed of seeds) {
    const train = (arm: string, corpus: () => Promise<string>): Promise<string> =>
      lab.train({
        ...{ experiment: 'selection', arm, seed, generation: 0, scale, tokens },
        ...{ corpus, evaluate: corpora.heldOut },
      });
    await train('dsir', () => dsirTokens(lab, corpora, seed));
    await train('perplexity-filter', () => filteredTokens(lab, corpora));
  }
}

function dsirTokens(lab: Lab, corpora: Corpora, seed: number): Promise<string> {
  return lab.file(`tokens/dsir-${seed}.bin`, async (output) => {
    const synthetic = await corpora.synthetic();
    const selected = lab.at(`dsir-${seed}`);
    const what = [
      '--target',
      await corpora.human(),
      '--from',
      synthetic,
      '--rows',
      String(rowsOf(corpora.scale)),
    ];
    const how = ['--seed', String(seed), '-o', selected, '--overwrite'];
    toedit('select', 'dsir', ...what, ...how);
    const tokens = await tokensOf(lab, textsOf(join(selected, basename(synthetic))));
    lab.note(`dsir-${seed}`, { tokens: tokens.length });
    writeTokens(output, tokens);
  });
}

function filteredTokens(lab: Lab, corpora: Corpora): Promise<string> {
  return lab.file('tokens/perplexity-filter.bin', async (output) => {
    const human = scored(lab, await corpora.human());
    const synthetic = scored(lab, await corpora.synthetic());
    const middle = median(human.map(logPerplexity));
    const distance = (document: ScoredDocument): number =>
      Math.abs(logPerplexity(document) - middle);
    const nearest = synthetic.toSorted((one, other) => distance(one) - distance(other));
    const selected = nearest.slice(0, rowsOf(corpora.scale));
    writeDocuments(lab.at('perplexity-filter.jsonl'), selected);
    const tokens = await tokensOf(
      lab,
      selected.map(({ text }) => text),
    );
    lab.note('perplexity-filter', {
      tokens: tokens.length,
      humanMedian: Math.exp(middle),
      syntheticMedian: Math.exp(median(synthetic.map(logPerplexity))),
      selectedMedian: Math.exp(median(selected.map(logPerplexity))),
    });
    writeTokens(output, tokens);
  });
}

interface ScoredDocument extends Document {
  readonly token_logprobs: readonly (number | null)[];
}

/** The documents of a file of JSON lines with the log-probabilities of their tokens, by `toedit score`. */
function scored(lab: Lab, file: string): ScoredDocument[] {
  const output = lab.at(`logprobs/${basename(file, '.jsonl')}`);
  toedit('score', file, '-o', output);
  const lines = readFileSync(join(output, basename(file)), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as ScoredDocument);
}

function logPerplexity({ token_logprobs: logprobs }: ScoredDocument): number {
  const known = logprobs.filter((logprob) => logprob !== null);
  return -known.reduce((sum, logprob) => sum + logprob, 0) / known.length;
}
