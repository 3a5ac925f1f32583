import { presets } from '../../src/resampling/resampling-options.ts';
import type { Arm } from './generations.ts';

const often = { ...presets.paper, threshold: 0.5 };

/** What is compared. */
export const arms: readonly Arm[] = [
  { name: 'sampled', kind: 'sampled' },
  {
    name: 'edited, retrained, P ≥ 0.99',
    kind: 'edited',
    prior: 'latest',
    resampling: presets.paper,
  },
  { name: 'edited, retrained, P ≥ 0.5', kind: 'edited', prior: 'latest', resampling: often },
  { name: 'edited, fixed prior, P ≥ 0.5', kind: 'edited', prior: 'first', resampling: often },
  { name: 'random', kind: 'random', like: 'edited, retrained, P ≥ 0.5' },
];
