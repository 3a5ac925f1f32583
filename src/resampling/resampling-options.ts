import { badOption, isProbability, type OptionNames, probabilityRemedy } from '../options.ts';

/** How tokens are redrawn and deleted: docs/algorithm.md gives the exact meaning of each. */
export interface ResamplingOptions {
  /** Tokens with P >= threshold are redrawn, in (0, 1]; null redraws none. @defaultValue 0.99 */
  readonly threshold: number | null;
  /** True for P >= threshold, false for P > threshold. @defaultValue true */
  readonly inclusive: boolean;
  /** A draw is among the `topK` most probable tokens, 1 to 1024. @defaultValue 8 */
  readonly topK: number;
  /** And among the fewest most probable tokens that together have this probability, in (0, 1]. @defaultValue 1 */
  readonly topP: number;
  /** Weights are P^(1 / temperature), above 0. @defaultValue 1 */
  readonly temperature: number;
  /** Whether the token that stands there cannot be drawn again. @defaultValue false */
  readonly excludeOriginal: boolean;
  /** Tokens with P < dropBelow are deleted, in (0, 1), at most `threshold`; null deletes none. @defaultValue null */
  readonly dropBelow: number | null;
}

/** The options of the paper's own rule: the preset `paper`. */
export const defaultResampling: ResamplingOptions = {
  threshold: 0.99,
  inclusive: true,
  topK: 8,
  topP: 1,
  temperature: 1,
  excludeOriginal: false,
  dropBelow: null,
};

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

/** A preset's name, and options that replace the preset's own; undefined replaces nothing. */
export type ResamplingRequest = {
  readonly [Name in keyof ResamplingOptions]?: ResamplingOptions[Name] | undefined;
} & {
  /** @defaultValue 'paper' */
  readonly preset?: string | undefined;
};

/** The names of {@link ResamplingRequest}. */
export const resamplingRequestNames: OptionNames<ResamplingRequest> = {
  preset: true,
  threshold: true,
  inclusive: true,
  topK: true,
  topP: true,
  temperature: true,
  excludeOriginal: true,
  dropBelow: true,
};

/**
 * The options in force: the preset's, with the overrides in their place.
 *
 * @throws ToeditError `BAD_OPTION` where a value is outside its range, or no preset has that name.
 */
export function resolveResampling(request: ResamplingRequest = {}): ResamplingOptions {
  const defaults = presetOf(request.preset ?? 'paper');
  const options: ResamplingOptions = {
    threshold: given(request.threshold, defaults.threshold),
    inclusive: given(request.inclusive, defaults.inclusive),
    topK: given(request.topK, defaults.topK),
    topP: given(request.topP, defaults.topP),
    temperature: given(request.temperature, defaults.temperature),
    excludeOriginal: given(request.excludeOriginal, defaults.excludeOriginal),
    dropBelow: given(request.dropBelow, defaults.dropBelow),
  };
  for (const { name, holds, remedy } of conditions) {
    if (!holds(options)) throw badOption(name, shown(options[name]), remedy);
  }
  return options;
}

/** Null is a choice of its own: only undefined leaves the preset's value. */
function given<Value>(value: Value | undefined, preset: Value): Value {
  return value === undefined ? preset : value;
}

function presetOf(name: string): ResamplingOptions {
  if (isPresetName(name)) return presets[name];
  const remedy = `choose one of ${Object.keys(presets).join(', ')}`;
  throw badOption('preset', shown(name), remedy);
}

function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

/** Of callers without types: a string in the place of a number is seen to be one. */
function shown(value: unknown): unknown {
  return typeof value === 'string' ? JSON.stringify(value) : value;
}

interface Condition {
  readonly name: keyof ResamplingOptions;
  readonly holds: (options: ResamplingOptions) => boolean;
  readonly remedy: string;
}

const largestTopK = 1024;

const conditions: readonly Condition[] = [
  {
    name: 'threshold',
    holds: ({ threshold }) => threshold === null || isProbability(threshold),
    remedy: `${probabilityRemedy}, or null to redraw no token`,
  },
  {
    name: 'inclusive',
    holds: ({ inclusive }) => typeof inclusive === 'boolean',
    remedy: 'choose true (P >= threshold) or false (P > threshold)',
  },
  {
    name: 'topK',
    holds: ({ topK }) => Number.isInteger(topK) && topK >= 1 && topK <= largestTopK,
    remedy: `choose a whole number from 1 to ${largestTopK}`,
  },
  {
    name: 'topP',
    holds: ({ topP }) => isProbability(topP),
    remedy: probabilityRemedy,
  },
  {
    name: 'temperature',
    holds: ({ temperature }) => Number.isFinite(temperature) && temperature > 0,
    remedy: 'choose a finite number above 0',
  },
  {
    name: 'excludeOriginal',
    holds: ({ excludeOriginal }) => typeof excludeOriginal === 'boolean',
    remedy: 'choose true or false',
  },
  {
    name: 'dropBelow',
    holds: ({ dropBelow }) => dropBelow === null || (isProbability(dropBelow) && dropBelow < 1),
    remedy: 'choose a probability above 0 and below 1, or null to delete no token',
  },
  {
    name: 'dropBelow',
    holds: ({ dropBelow, threshold }) => (dropBelow ?? 0) <= (threshold ?? 1),
    remedy: 'choose at most the threshold, so that no token is both redrawn and deleted',
  },
];

/**
 * The least float32 log-probability that is eligible: so that one comparison, `logprob >= leastLogprob`, decides for
 * inclusive and exclusive thresholds alike. Infinity where the threshold is null or no logprob is eligible.
 */
export function leastLogprob(threshold: number | null, inclusive: boolean): number {
  if (threshold === null) return Number.POSITIVE_INFINITY;
  const at = logThreshold(threshold);
  return inclusive ? at : nextFloat32(at);
}

/** The next float32 above a value that is not positive; Infinity above 0, the greatest logprob. */
function nextFloat32(value: number): number {
  if (value >= 0) return Number.POSITIVE_INFINITY;
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] ?? 0) - 1;
  return new Float32Array(bits.buffer)[0] ?? Number.NaN;
}

/**
 * The number that log-probabilities are compared with: the natural log of a probability, rounded to float32. Scoring
 * and resampling compare the same float32 numbers, so that both take the same decision at the threshold.
 */
export function logThreshold(probability: number): number {
  return Math.fround(Math.log(probability));
}
