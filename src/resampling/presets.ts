import { defaultResampling, type ResamplingOptions } from './options.ts';

/** The name of a preset. */
export type PresetName = 'paper' | 'official-up' | 'official-lowdrop' | 'filtering';

/**
 * Sets of options by name. `paper` is the rule of arXiv 2412.14689; the others follow what the strategies of its
 * official script do: `official-up` is `up_revise`, `official-lowdrop` is `low_drop_up_revise` with its example's 64
 * candidates, `filtering` is `filtering`, which redraws nothing.
 */
export const presets: Readonly<Record<PresetName, ResamplingOptions>> = {
  paper: defaultResampling,
  'official-up': { ...defaultResampling, inclusive: false, temperature: 1.5 },
  'official-lowdrop': { ...defaultResampling, inclusive: false, topK: 64, dropBelow: 0.001 },
  filtering: { ...defaultResampling, threshold: null, dropBelow: 0.001 },
};
