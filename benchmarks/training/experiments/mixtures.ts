import type { Corpora } from './corpora.ts';
import type { Lab } from './lab.ts';

/** Seeds of initial weights and of the order of windows. */
export const seeds = [1, 2, 3] as const;
/** Shares of synthetic tokens. */
export const shares = [0, 0.25, 0.5, 0.75, 1] as const;

/** Trains the model of a seed on a mixture of human and synthetic text; returns the path of its weights. */
export async function trainOnMixture(
  lab: Lab,
  { scale, budget, mixture, heldOut }: Corpora,
  { share, seed }: { readonly share: number; readonly seed: number },
  keeps = false,
): Promise<string> {
  const arm = `synthetic-${share * 100}`;
  return lab.train(
    {
      ...{ experiment: 'mixtures', arm, seed, generation: 0, scale, tokens: budget },
      ...{ corpus: () => mixture(share, budget), evaluate: heldOut },
    },
    keeps,
  );
}

/** The model of a seed that read human text as it is, with its weights. */
export function trainOnHuman(lab: Lab, corpora: Corpora, seed: number): Promise<string> {
  return trainOnMixture(lab, corpora, { share: 0, seed }, true);
}

/** Pre-training from scratch on human and synthetic text, of one budget of tokens. */
export async function mixtures(lab: Lab, corpora: Corpora): Promise<void> {
  for (const seed of seeds) {
    for (const share of shares) await trainOnMixture(lab, corpora, { share, seed });
  }
}

/** Human text alone and synthetic text alone, with one seed: what a test repeats. */
export async function smallest(lab: Lab, corpora: Corpora): Promise<void> {
  for (const share of [0, 1]) await trainOnMixture(lab, corpora, { share, seed: 1 });
}

/** Beside the mixtures: the human part of each alone, and human text of another kind (PEPs) in the place of the synthetic. */
export async function controls(lab: Lab, corpora: Corpora): Promise<void> {
  const { scale, budget, heldOut: evaluate } = corpora;
  for (const seed of seeds) {
    const train = (arm: string, tokens: number, corpus: () => Promise<string>): Promise<string> =>
      lab.train({
        ...{ experiment: 'controls', arm, seed, generation: 0, scale, tokens },
        ...{ corpus, evaluate },
      });
    for (const share of shares.slice(1, -1)) {
      const tokens = (1 - share) * budget;
      await train(`human-part-${(1 - share) * 100}`, tokens, () => corpora.mixture(0, tokens));
    }
    await train('peps', budget, corpora.pepTokens);
  }
}
