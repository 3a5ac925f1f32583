import type { Corpora } from './corpora.ts';
import { controlTokens, type Edited, editedTokens, settings } from './edit-corpus.ts';
import type { Lab } from './lab.ts';
import { seeds, trainOnHuman, trainOnMixture } from './mixtures.ts';

/**
 * Pre-training on human text as it is, edited by the bundled prior, and with as many tokens changed at random; also as it is, but cut
 * into other windows, which says what no edit at all may seem to do.
 */
export async function edited(lab: Lab, corpora: Corpora): Promise<void> {
  const { scale, budget: tokens } = corpora;
  const human: Edited = { corpus: 'human', path: corpora.human, tokens };
  for (const seed of seeds) {
    await trainOnMixture(lab, corpora, { share: 0, seed });
    const train = (arm: string, corpus: () => Promise<string>): Promise<string> =>
      lab.train({
        ...{ experiment: 'edited', arm, seed, generation: 0, scale, tokens },
        ...{ corpus, evaluate: corpora.heldOut },
      });
    await train('shifted', corpora.shifted);
    for (const setting of settings) {
      await train(setting.name, () => editedTokens(lab, human, setting, seed));
      if (!setting.hasControl) continue;
      await train(`${setting.name}-control`, () => controlTokens(lab, human, setting, seed));
    }
  }
}

const continualSettings: ReadonlySet<string> = new Set(['official-up', 'five-percent']);

/** A lower rate of learning than from scratch. */
const continualRate = 0.3;

/** The models of human text go on with PEPs: as they are, edited, and with as many tokens changed at random. */
export async function continual(lab: Lab, corpora: Corpora): Promise<void> {
  const { scale, budget: tokens, peps: path } = corpora;
  const peps: Edited = { corpus: 'peps', path, tokens };
  const evaluate = async (): Promise<Readonly<Record<string, string>>> => ({
    ...(await corpora.heldOut()),
    peps: await corpora.heldOutPeps(),
  });
  for (const seed of seeds) {
    const start = await trainOnHuman(lab, corpora, seed);
    const train = (arm: string, corpus: () => Promise<string>): Promise<string> =>
      lab.train({
        ...{ experiment: 'continual', arm, seed, generation: 0, scale, tokens },
        ...{ corpus, evaluate, start, rate: continualRate },
      });
    // Weights that are not trained further: what the start itself knows.
    await lab.train({
      ...{ experiment: 'continual', arm: 'start', seed, generation: 0, scale, tokens: 0 },
      ...{ corpus: corpora.pepTokens, evaluate, start },
    });
    await train('source', corpora.pepTokens);
    for (const setting of settings.filter(({ name }) => continualSettings.has(name))) {
      await train(setting.name, () => editedTokens(lab, peps, setting, seed));
      if (!setting.hasControl) continue;
      await train(`${setting.name}-control`, () => controlTokens(lab, peps, setting, seed));
    }
  }
}
