import type { ArmKey } from './evidence.ts';
import { shares } from './experiments/mixtures.ts';

/** An arm with what pages call it. */
export interface NamedArm extends ArmKey {
  readonly name: string;
}

/** The human text that all models but those of mixtures begin from, as it is. */
export const source: ArmKey = { experiment: 'mixtures', arm: 'synthetic-0' };
/** Synthetic text alone. */
export const synthetic: ArmKey = { experiment: 'mixtures', arm: 'synthetic-100' };

export const mixtureArms: readonly (NamedArm & { readonly share: number })[] = shares.map(
  (share) => ({
    ...{ experiment: 'mixtures', arm: `synthetic-${share * 100}`, share },
    name: `${share * 100} % synthetic`,
  }),
);

export const controlArms: readonly NamedArm[] = [
  ...[75, 50, 25].map((percent) => ({
    ...{ experiment: 'controls', arm: `human-part-${percent}` },
    name: `the human ${percent} % alone, fewer tokens`,
  })),
  { experiment: 'controls', arm: 'peps', name: 'human text of another kind (PEPs)' },
];

const edits: readonly (readonly [arm: string, name: string])[] = [
  ['shifted', 'as it is, in windows that begin 64 tokens later'],
  ['paper', '`paper`: P ≥ 0.99, temperature 1'],
  ['official-up', '`official-up`: P > 0.99, temperature 1.5'],
  ['one-percent', '1 %: P ≥ 0.9, temperature 1.83'],
  ['one-percent-control', '1 % of the tokens at random'],
  ['five-percent', '5 %: P ≥ 0.5, temperature 1.56'],
  ['five-percent-control', '5 % of the tokens at random'],
];

export const editedArms: readonly NamedArm[] = edits.map(([arm, name]) => ({
  ...{ experiment: 'edited', arm, name },
}));

export const continualArms: readonly NamedArm[] = [
  ['start', 'before PEPs'] as const,
  ['source', 'PEPs as they are'] as const,
  ...edits.filter(([arm]) => arm === 'official-up'),
  ['five-percent', 'P ≥ 0.5, temperature 1.56'] as const,
  ['five-percent-control', 'as many tokens at random'] as const,
].map(([arm, name]) => ({ experiment: 'continual', arm, name }));

/** PEPs as they are: what edited PEPs are compared with. */
export const continualSource: ArmKey = { experiment: 'continual', arm: 'source' };

export const selectionArms: readonly NamedArm[] = [
  { experiment: 'selection', arm: 'dsir', name: 'DSIR, human passages as target' },
  { experiment: 'selection', arm: 'perplexity-filter', name: 'perplexity nearest to human' },
];

/** Ways to make a generation's corpus, by arm. */
export const chainNames: Readonly<Record<string, string>> = {
  sampled: 'sampled',
  edited: 'human text edited at P ≥ 0.5',
  'edited-again': 'the corpus before edited at P ≥ 0.1',
};

/** The last generation of the chains. */
export const lastGeneration = 3;

/** The model of a chain; model 0 is that of the human text. */
export function chainArm(arm: string, generation: number): ArmKey {
  if (generation === 0) return { ...source, beside: 'generations' };
  return { experiment: 'generations', arm, generation };
}
