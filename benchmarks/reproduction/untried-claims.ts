import type { Claim } from '../training/claim.ts';

type Untried = readonly [claim: string, where: string, paper: string, why: string];

const downstream =
  'Task benchmarks of models that answer: no model of a size that does can be trained here';

const untried: readonly Untried[] = [
  [
    'Downstream accuracy falls with the synthetic share',
    'Tables 9, 11',
    '41.69, 40.71, 41.62, 41.24, 40.26 (GPT-2); 33.68 to 32.68 (OLMo-237M), standard error 1.0 to 1.6',
    `${downstream}. By the paper's own errors the fall is hardly above noise`,
  ],
  [
    'Fine-tuning on edited instructions is better',
    'Table 3',
    'Llama-3-8B LoRA: +0.25 to +0.47 on four sets, +0.30 and +0.37 on code',
    `${downstream}. The differences are below the sampling error of six tasks (about ±0.5 by Table 11)`,
  ],
  [
    'Editing at P ≥ 0.99 is the best choice of threshold',
    'Table 5',
    '38.69 against 38.48 (0.999), 35.72 (P ≤ 0.1), 37.46 (P ≤ 0.01)',
    `${downstream}. The first version of the paper has a row P ≤ 0.001 with 39.16, the best; and its rows differ in how much they change`,
  ],
  ['Editing again improves further', 'Table 16', '69.01 → 69.26 → 69.39', downstream],
  [
    'Selected text stays inside the cluster of synthetic text',
    'Figure 4B',
    'a picture (t-SNE)',
    'The encoder, sample and settings are not named, and no number is given; no encoder is here',
  ],
  [
    'An edited PHP prompt',
    'Table 12',
    'seven words become “quantify unique words”',
    'The text becomes shorter, which no rule that keeps the number of tokens can do: it is no output of the method as stated',
  ],
  [
    'Editing costs a 1024th of synthesis for texts of 1024 tokens',
    '§5, G.6',
    '1 forward pass instead of 1024',
    'It counts passes: with a cache of keys and values the operations a token are about as many, and what is gained depends on the accelerator. None is here',
  ],
];

/** What of the paper needs more than two cores, or more than the paper says. */
export const untriedClaims: readonly Claim[] = untried.map(([claim, where, paper, why]) => ({
  ...{ claim, where, paper, why },
  ...{ verdict: 'cannot be tried here', ours: '', command: '' },
}));
